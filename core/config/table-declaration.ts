import { exactly } from './schema-parts.ts';

/** A table with a column for each declared field, beside those of the store. */
export type TableDeclaration = Readonly<Record<never, never>>;

export const tableSchema = exactly({});
