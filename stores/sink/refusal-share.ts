/** Above this share of refused records the fault is the store's, or the configuration's, and not the records'. */
const maxShare = 0.2;
/** Of fewer records a share says nothing. */
const fewestRecords = 100;

/** Looks at the batches written last, as many as make up a hundred records. */
export class RefusalShare {
  #recent: { readonly records: number; readonly refused: number }[] = [];

  /** Adds a batch, before its refused records are set aside. Gives a sentence when the share is too large. */
  add(records: number, refused: number): string | undefined {
    this.#recent.push({ records, refused });
    this.#forgetOld();
    const all = this.#recent.reduce((sum, batch) => sum + batch.records, 0);
    const bad = this.#recent.reduce((sum, batch) => sum + batch.refused, 0);
    if (all < fewestRecords || bad <= all * maxShare) return undefined;
    return `it refused ${bad} of the last ${all} records, and a sink sets at most ${maxShare * 100}% aside`;
  }

  #forgetOld(): void {
    let records = 0;
    let first = this.#recent.length;
    while (first > 0 && records < fewestRecords) records += this.#recent[--first]?.records ?? 0;
    this.#recent = this.#recent.slice(first);
  }
}
