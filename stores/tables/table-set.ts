import type { Reading } from '../../core/reading.ts';
import type { TablePlan } from '../../core/tables/table-plan.ts';
import { TableProjection } from './table-projection.ts';

const none: readonly TableProjection[] = [];
const noFields: ReadonlySet<string> = new Set();

/** The mapped tables of a store, by what they are about. */
export class TableSet {
  readonly all: readonly TableProjection[];
  readonly #byType = new Map<string, TableProjection[]>();
  readonly #firsts = new Map<string, Set<string>>();

  constructor(plans: readonly TablePlan[]) {
    this.all = plans.map((plan) => new TableProjection(plan));
    for (const table of this.all) {
      const { entityType, columns } = table.plan;
      this.#byType.set(entityType, [...(this.#byType.get(entityType) ?? []), table]);
      const firsts = this.#firsts.get(entityType) ?? new Set();
      for (const { field, updates } of columns) if (!updates) firsts.add(field);
      this.#firsts.set(entityType, firsts);
    }
  }

  about(entityType: string): readonly TableProjection[] {
    return this.#byType.get(entityType) ?? none;
  }

  /** Fields of which a table keeps the first value. */
  firstsOf(entityType: string): ReadonlySet<string> {
    return this.#firsts.get(entityType) ?? noFields;
  }

  /** Throws `RowRefused` when a value of the reading doesn't fit. */
  check(reading: Reading): void {
    for (const table of this.about(reading.entityType)) table.check(reading);
  }
}
