import { type ColumnType, columnTypeText } from '../../../core/tables/column-type.ts';
import { schema } from '../migrations.ts';

/** Where a mapped table stands, quoted; `rebuilding_` before its name while a store is made anew. */
export function tableName(name: string, prefix = ''): string {
  return `${schema}.${quoted(`${prefix}${name}`)}`;
}

/** A name may be a word of SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** As a statement names a type. `postgis`: the schema of the extension, quoted. */
export function sqlType(type: ColumnType, postgis: string): string {
  return type.type === 'geography' ? `${postgis}.geography(Point,4326)` : columnTypeText(type);
}

/** As `format_type` tells it, without a schema. */
export function catalogueType(type: ColumnType): string {
  if (type.type === 'timestamptz') return 'timestamp with time zone';
  return type.type === 'geography' ? 'geography(Point,4326)' : columnTypeText(type);
}
