import type { TablePlan } from '../../core/tables/table-plan.ts';

/** What the rows of each table are made by, as a store keeps it: a table made by something else is filled anew. */
export type TableMarks = Readonly<Record<string, Omit<TablePlan, 'name' | 'keepMs'>>>;

export function tableMarks(plans: readonly TablePlan[]): TableMarks {
  const marks = plans.map(({ name, keepMs: _, ...mark }) => [name, mark] as const);
  return Object.fromEntries(marks);
}

export function marksFromText(text: string | undefined): TableMarks {
  return text === undefined ? {} : (JSON.parse(text) as TableMarks);
}

/** True when the rows are made as they were before. */
export function isSameMark(marks: TableMarks, before: TableMarks, name: string): boolean {
  return JSON.stringify(marks[name]) === JSON.stringify(before[name]);
}

/** Tables that the configuration had, a sentence each. */
export function goneTables(marks: TableMarks, before: TableMarks): readonly string[] {
  return Object.keys(before)
    .filter((name) => !Object.hasOwn(marks, name))
    .map(
      (name) =>
        `The table ${name} is in the configuration no longer: it stays as it is, and nobody writes it.`,
    );
}
