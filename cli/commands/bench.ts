import { writeFile } from 'node:fs/promises';
import { type Benchmark, benchmarks, type Figure } from '../bench/benchmarks.ts';
import { describeMachine } from '../bench/machine.ts';
import { type BenchReport, reportTable, summarise } from '../bench/report.ts';
import { jsonOption } from '../command-settings.ts';
import { defineCommand } from '../define-command.ts';
import { UsageError } from '../usage-error.ts';

/** The command over these benchmarks: users measure the whole machine, developers (`npm run bench`) its parts too. */
export const benchCommand = (all: readonly Benchmark[]) =>
  defineCommand({
    operands: '[NAME...]',
    description: `Measures this machine: each benchmark several times, median and spread. Everything runs on loopback, on free ports and in
folders of its own that are removed.

${all.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n')}`,
    options: {
      runs: { type: 'string', value: 'N', help: 'runs of each benchmark (5)' },
      seconds: { type: 'string', value: 'N', help: 'length of an end-to-end run (60)' },
      rate: {
        type: 'string',
        multiple: true,
        value: 'N',
        help: 'readings a second end to end; may repeat (15000)',
      },
      out: { type: 'string', value: 'FILE', help: 'also write the report as JSON' },
      json: jsonOption,
    },
    examples: [
      'millrace bench',
      'millrace bench latency --runs 1',
      'millrace bench end-to-end --rate 10000 --rate 20000',
    ],
    async run({ values, operands }) {
      const runs = wholeNumber('--runs', values.runs ?? '5');
      const options = {
        seconds: wholeNumber('--seconds', values.seconds ?? '60'),
        ratesPerSecond: (values.rate ?? ['15000']).map((rate) => wholeNumber('--rate', rate)),
      };
      const figures = [];
      for (const benchmark of chosen(all, operands)) {
        const results: (readonly Figure[])[] = [];
        for (let run = 1; run <= runs; run++) {
          console.error(`${benchmark.name}: run ${run} of ${runs}`);
          results.push(await benchmark.run(options));
        }
        figures.push(...summarise(benchmark.name, results));
      }
      const report: BenchReport = {
        machine: describeMachine(),
        at: new Date().toISOString(),
        figures,
      };
      console.log(values.json ? JSON.stringify(report) : reportTable(report));
      if (values.out !== undefined)
        await writeFile(values.out, `${JSON.stringify(report, null, 2)}\n`);
      return 0;
    },
  });

export const bench = benchCommand(benchmarks);

function chosen(all: readonly Benchmark[], names: readonly string[]): readonly Benchmark[] {
  if (names.length === 0) return all;
  return names.map((name) => {
    const benchmark = all.find((candidate) => candidate.name === name);
    if (benchmark) return benchmark;
    throw new UsageError(
      `There is no benchmark "${name}". There are: ${all.map((each) => each.name).join(', ')}.`,
    );
  });
}

function wholeNumber(option: string, value: string): number {
  if (/^[1-9]\d{0,7}$/.test(value)) return Number(value);
  throw new UsageError(`${option} takes a whole number from 1 up; "${value}" came.`);
}
