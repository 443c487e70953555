import { z } from 'zod';

/** A name in InfluxQL, with whatever it holds. */
export function identifier(name: string): string {
  return `"${name.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

/** A text in InfluxQL, with whatever it holds. */
export function literal(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&').replaceAll('\n', '\\n')}'`;
}

export type Cell = string | number | boolean | null;

export interface AnswerSeries {
  readonly columns: readonly string[];
  readonly values: readonly (readonly Cell[])[];
}

/** The answer of one statement. */
export interface StatementAnswer {
  readonly series: readonly AnswerSeries[];
  readonly error: string | undefined;
}

/** Cell by cell it would cost more than the parsing. */
const rows = z.custom<Cell[][]>((value) => Array.isArray(value) && value.every(Array.isArray));
const part = z.object({
  error: z.string().optional(),
  results: z
    .array(
      z.object({
        statement_id: z.number().default(0),
        error: z.string().optional(),
        series: z
          .array(
            z.object({
              columns: z.array(z.string()),
              values: rows.default([]),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

/**
 * The answers of a request's statements, in their order. A chunked answer is several JSON documents, a line each, and a
 * statement's series goes on from one to the next.
 */
export function parseAnswer(text: string): StatementAnswer[] {
  const answers: {
    series: { columns: string[]; values: Cell[][] }[];
    error: string | undefined;
  }[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const { results, error } = part.parse(JSON.parse(line));
    if (error !== undefined) answers[0] = { series: [], error };
    for (const result of results) {
      const answer = answers[result.statement_id] ?? { series: [], error: undefined };
      answers[result.statement_id] = answer;
      answer.error ??= result.error;
      for (const { columns, values } of result.series) {
        const last = answer.series.at(-1);
        // Without GROUP BY of tags a statement has one series.
        if (last !== undefined) for (const row of values) last.values.push(row);
        else answer.series.push({ columns, values });
      }
    }
  }
  return answers;
}
