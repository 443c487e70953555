import type { ColumnSource } from './column-type.ts';

/** What every reading has beside the fields of its model, by the name that a column asks for it with. */
export const readingColumns = {
  entityId: 'text',
  source: 'text',
  observedAt: 'time',
  receivedAt: 'time',
  /** Of a table with one row a reading. */
  eventId: 'text',
  position: 'place',
  lat: 'coordinate',
  lon: 'coordinate',
  altitude: 'coordinate',
  zones: 'zones',
} as const satisfies Readonly<Record<string, ColumnSource>>;

export type ReadingColumn = keyof typeof readingColumns;

export function isReadingColumn(name: string): name is ReadingColumn {
  return Object.hasOwn(readingColumns, name);
}

/** Of these too the first can be kept (`update: false`), beside the fields of the model. */
export const firstReadingColumns: readonly string[] = ['source', 'observedAt', 'receivedAt'];
