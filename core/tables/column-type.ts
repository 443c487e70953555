import type { FieldKind } from '../model.ts';

/** The type of a column of a mapped table, as Postgres has it. */
export type ColumnType =
  | { readonly type: 'text' | 'boolean' | 'double precision' | 'integer' | 'bigint' }
  | { readonly type: 'timestamptz' | 'date' | 'geography' | 'text[]' }
  /** Exact. Null: as many digits as a value has. */
  | { readonly type: 'numeric'; readonly precision: number | null; readonly scale: number };

/** What a column is filled from: a field by its kind, or what every reading has. */
export type ColumnSource = FieldKind | 'time' | 'coordinate' | 'place' | 'zones';

/** The first of each is the one that a column gets when none is declared. */
const typesOf: Readonly<Record<ColumnSource, readonly ColumnType['type'][]>> = {
  number: ['double precision', 'numeric', 'integer', 'bigint', 'timestamptz'],
  decimal: ['numeric', 'integer', 'bigint', 'text'],
  flag: ['boolean'],
  text: ['text', 'timestamptz', 'date'],
  tag: ['text'],
  time: ['timestamptz'],
  coordinate: ['double precision'],
  place: ['geography'],
  zones: ['text[]'],
};

const simple: readonly string[] = [...new Set(Object.values(typesOf).flat())];
/** What Postgres lets a column have. */
const maxPrecision = 1000;

export const columnTypeExpected = 'a type, as text, numeric(12,2) or timestamptz';

/** Undefined when it is no type that a column can have. */
export function parseColumnType(text: string): ColumnType | undefined {
  const match = /^numeric\s*\(\s*(\d{1,4})\s*(?:,\s*(\d{1,4})\s*)?\)$/.exec(text);
  if (match !== null) {
    const precision = Number(match[1]);
    const scale = Number(match[2] ?? 0);
    if (precision < 1 || precision > maxPrecision || scale > precision) return undefined;
    return { type: 'numeric', precision, scale };
  }
  if (!simple.includes(text)) return undefined;
  return text === 'numeric'
    ? { type: 'numeric', precision: null, scale: 0 }
    : ({ type: text } as ColumnType);
}

/** As it is declared: `numeric(12,2)`. */
export function columnTypeText(column: ColumnType): string {
  if (column.type !== 'numeric' || column.precision === null) return column.type;
  return `numeric(${column.precision},${column.scale})`;
}

export function defaultType(source: ColumnSource): ColumnType {
  const [type = 'text'] = typesOf[source];
  return type === 'numeric' ? { type, precision: null, scale: 0 } : { type };
}

/** The types that a column of this source may have, for a message. */
export function typesFor(source: ColumnSource): readonly string[] {
  return typesOf[source].map((type) => (type === 'numeric' ? 'numeric(p,s)' : type));
}

export function isTypeFor(source: ColumnSource, { type }: ColumnType): boolean {
  return typesOf[source].includes(type);
}
