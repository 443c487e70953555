import { z } from 'zod';
import { aTextThat } from '../../core/config/schema-parts.ts';
import type { JsonFormatDeclaration } from '../json/declaration.ts';

/** The mapping of `json`, in which `$` is a row and `$.name` (or `$['a name']`) the cell of a column. */
export interface CsvFormatDeclaration<Topic extends string>
  extends Omit<JsonFormatDeclaration<Topic>, 'each'> {
  /** The columns' names in order, where the payload has no line with them; by default its first line has. */
  readonly columns?: readonly string[];
  /** Between cells; a comma by default. */
  readonly delimiter?: string;
  /** The decimal mark of numbers; a point by default. */
  readonly decimal?: '.' | ',';
}

const text = (expected: string) => aTextThat(expected, (value) => value !== '');

/** Of what CSV has beside the mapping. */
export const csvPart = z.object({
  columns: z
    .array(text('a column’s name'), { error: 'a list of column names' })
    .min(1, { error: 'a list of column names' })
    .refine((names) => new Set(names).size === names.length, { error: 'each name once' })
    .optional(),
  delimiter: aTextThat(
    'one character that is no quote and no line break',
    (value) => value.length === 1 && !'"\r\n'.includes(value),
  ).optional(),
  decimal: z.enum(['.', ','], { error: "'.' or ','" }).optional(),
});
