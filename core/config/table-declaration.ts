import { z } from 'zod';
import { columnTypeExpected, parseColumnType } from '../tables/column-type.ts';
import type { ReadingColumn } from '../tables/reading-columns.ts';
import type { Models } from './pipeline.ts';
import { aText, aTextThat, exactly, spanOrForever, yesOrNo } from './schema-parts.ts';

/** A field of the model, or what every reading has. */
export type ColumnField<M extends Models, T extends keyof M> =
  | (keyof M[T]['fields'] & string)
  | ReadingColumn;

export interface ColumnDeclaration<Field extends string> {
  readonly field: Field;
  /**
   * As Postgres has it: `text`, `numeric(12,2)`, `timestamptz`... By the field's kind when absent: number
   * `double precision`, decimal `numeric`, flag `boolean`, text and tag `text`.
   */
  readonly type?: string;
  /** True: NOT NULL; there is a row as long as all such columns have a value. */
  readonly required?: boolean;
  /** False: the value that was observed first stays. */
  readonly update?: boolean;
}

/** A table with typed columns, kept by the store for whoever asks by SQL. */
export interface TableOf<M extends Models, T extends keyof M> {
  /** The entity type whose readings it is about. */
  readonly from: T;
  /** `entity` (when absent): one row an entity, its latest, merged per field. `reading`: one row a reading. */
  readonly rows?: 'entity' | 'reading';
  /** By column name: a field, or a field with what is special about the column. */
  readonly columns: Readonly<
    Record<string, ColumnField<M, T> | ColumnDeclaration<ColumnField<M, T>>>
  >;
  /** How long rows stay, of a table with one row a reading, as `90d` or `forever`; as long as history when absent. */
  readonly keep?: string;
}

export type TableDeclaration<M extends Models = Models> = {
  [T in keyof M & string]: TableOf<M, T>;
}[keyof M & string];

/** Of a column that is more than the name of a field. */
export const columnSchema = exactly(
  {
    field: aText('the name of a field'),
    type: aTextThat(columnTypeExpected, (text) => parseColumnType(text) !== undefined).optional(),
    required: yesOrNo.optional(),
    update: yesOrNo.optional(),
  },
  "the name of a field, or { field: '...' } with type, required or update",
);

export const tableSchema = exactly({
  from: aText('an entity type'),
  rows: z.enum(['entity', 'reading'], { error: "'entity' or 'reading'" }).optional(),
  columns: z.record(z.string(), z.unknown(), { error: "columns by name, as { total: 'total' }" }),
  keep: spanOrForever.optional(),
});
