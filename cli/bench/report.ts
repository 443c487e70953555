import { median } from './machine.ts';

/** A figure over several runs. */
export interface FigureSummary {
  readonly benchmark: string;
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly runs: number;
}

export interface BenchReport {
  readonly machine: string;
  /** RFC 3339. */
  readonly at: string;
  readonly figures: readonly FigureSummary[];
}

export function summarise(
  benchmark: string,
  runs: readonly (readonly { name: string; unit: string; value: number }[])[],
): FigureSummary[] {
  return (runs[0] ?? []).map(({ name, unit }, index) => {
    const values = runs.map((run) => run[index]?.value ?? Number.NaN);
    return {
      benchmark,
      name,
      unit,
      median: median(values),
      lowest: Math.min(...values),
      highest: Math.max(...values),
      runs: values.length,
    };
  });
}

/** The report as a table of Markdown, so that it can be pasted where it is asked for. */
export function reportTable({ machine, figures }: BenchReport): string {
  const rows = figures.map((row) =>
    [
      row.benchmark,
      row.name,
      written(row.median),
      `${written(row.lowest)} to ${written(row.highest)}`,
      row.unit,
    ].join(' | '),
  );
  return [
    `${machine}; median of ${Math.max(0, ...figures.map(({ runs }) => runs))} runs`,
    '',
    '| benchmark | figure | median | spread | unit |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

function written(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
