import { schema } from './migrations.ts';

/** Tables that a sink writes; `millrace rebuild` fills another set of them. */
const written = [
  'entities',
  'offsets',
  'counts',
  'ingress_counts',
  'dead_letters',
  'dead_letter_marks',
] as const;

export type WrittenTable = (typeof written)[number];
export type Tables = Readonly<Record<WrittenTable, string>>;

/** Names with their schema. */
export function tablesNamed(prefix: string): Tables {
  const named = written.map((table) => [table, `${schema}.${prefix}${table}`]);
  return Object.fromEntries(named) as Tables;
}

export const writtenTables: readonly WrittenTable[] = written;
export const servingTables = tablesNamed('');
