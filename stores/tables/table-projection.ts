import type { Reading } from '../../core/reading.ts';
import type { ColumnPlan, TablePlan } from '../../core/tables/table-plan.ts';
import type { LatestState } from '../latest-state.ts';
import { type Cell, expectedOf, mayNotFit, type RawValue, toCell } from './to-cell.ts';

/** A row's cells, in the order of the table's columns. */
export type Row = readonly Cell[];

/** A reading that doesn't fit a table it belongs in: found before any database sees it, and alike for all of them. */
export class RowRefused extends Error {}

/**
 * A mapped table as a function of what the store knows: of an entity's latest, or of a reading. The same whatever order
 * the readings came in.
 */
export class TableProjection {
  readonly plan: TablePlan;
  /** Those that a value of their source may not fit. */
  readonly #doubtful: readonly ColumnPlan[];

  constructor(plan: TablePlan) {
    this.plan = plan;
    this.#doubtful = plan.columns.filter(mayNotFit);
  }

  /**
   * Throws {@link RowRefused} when a value of the reading fits no column that wants it. That depends on the reading alone,
   * never on what came before it.
   */
  check(reading: Reading): void {
    for (const column of this.#doubtful) {
      const value = valueOfReading(reading, column);
      if (value === undefined || toCell(column, value) !== undefined) continue;
      throw new RowRefused(
        `${column.field} should fit the column ${column.name} of the table ${this.plan.name} (${expectedOf(column)}); it is ${shown(value)}`,
      );
    }
  }

  /** The row of a reading; undefined when it lacks what is required. */
  rowOfReading(reading: Reading): Row | undefined {
    return this.#row((column) => valueOfReading(reading, column) ?? null);
  }

  /**
   * The row of an entity; undefined while it lacks what is required. A value from before the table that doesn't fit is
   * null, and told.
   */
  rowOfEntity(
    entityId: string,
    state: LatestState,
    onUnfit?: (column: ColumnPlan) => void,
  ): Row | undefined {
    return this.#row((column) => valueOfEntity(entityId, state, column), onUnfit);
  }

  #row(
    read: (column: ColumnPlan) => RawValue,
    onUnfit?: (column: ColumnPlan) => void,
  ): Row | undefined {
    const row: Cell[] = [];
    let isWhole = true;
    for (const column of this.plan.columns) {
      const cell = toCell(column, read(column));
      if (cell === undefined) onUnfit?.(column);
      row.push(cell ?? null);
      if (column.required && (cell ?? null) === null) isWhole = false;
    }
    return isWhole ? row : undefined;
  }
}

/** Undefined when the reading doesn't say. */
function valueOfReading(reading: Reading, { field, source }: ColumnPlan): RawValue | undefined {
  switch (source) {
    case 'number':
      return reading.numbers[field];
    case 'flag':
      return reading.flags[field];
    case 'tag':
      return reading.tags[field];
    case 'text':
    case 'decimal':
      return ownColumn(reading, field) ?? reading.texts[field];
    default:
      return placeOrTime(reading, field);
  }
}

function ownColumn(reading: Reading, field: string): string | undefined {
  if (field === 'entityId') return reading.entityId;
  if (field === 'eventId') return reading.eventId;
  return field === 'source' ? reading.source : undefined;
}

type Everywhere = Pick<Reading, 'observedAt' | 'receivedAt' | 'position' | 'zones'>;

function placeOrTime(of: Everywhere, field: string): RawValue {
  switch (field) {
    case 'observedAt':
      return of.observedAt;
    case 'receivedAt':
      return of.receivedAt;
    case 'position':
      return of.position;
    case 'lat':
      return of.position?.lat ?? null;
    case 'lon':
      return of.position?.lon ?? null;
    case 'altitude':
      return of.position?.altitude ?? null;
    default:
      return of.zones;
  }
}

function valueOfEntity(entityId: string, state: LatestState, column: ColumnPlan): RawValue {
  const { field, updates, source } = column;
  if (field === 'entityId') return entityId;
  if (!updates) {
    const first = state.firsts.get(field);
    if (first !== undefined) return first.value;
  }
  if (field === 'source') return state.source;
  if (source === 'time' || source === 'coordinate' || source === 'place' || source === 'zones')
    return placeOrTime(
      {
        observedAt: state.head.observedAt,
        receivedAt: state.receivedAt,
        position: state.position?.value ?? null,
        zones: state.zones?.value ?? [],
      },
      field,
    );
  return state.fields.get(field)?.value ?? null;
}

function shown(value: RawValue): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
