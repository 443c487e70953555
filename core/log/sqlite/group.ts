/** What one member of a group does with one share of the work. */
export interface Work {
  stop(): Promise<void>;
}

/** One call of `process` or `consume`. `units` names the shares that it can take. */
export interface Member {
  readonly units: readonly string[];
  start(unit: string): Work;
}

interface Share {
  wanted: Member | undefined;
  owner: Member | undefined;
  work: Work | undefined;
  moving: Promise<void> | undefined;
}

/**
 * Shares the partitions of a group among its members in this process. A share changes hands only when the batch that
 * its owner has in hand is committed, so nothing is lost and nothing committed twice.
 */
export class Group {
  readonly #members: Member[] = [];
  readonly #shares = new Map<string, Share>();

  join(member: Member): void {
    this.#members.push(member);
    this.#rebalance();
  }

  /** Resolves when none of the member's work is under way. */
  async leave(member: Member): Promise<void> {
    const index = this.#members.indexOf(member);
    if (index >= 0) this.#members.splice(index, 1);
    this.#rebalance();
    const held = [...this.#shares.values()].filter(({ owner }) => owner === member);
    await Promise.all(held.map(({ moving }) => moving));
  }

  get isEmpty(): boolean {
    return this.#members.length === 0;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  #rebalance(): void {
    const units = new Set(this.#members.flatMap((member) => member.units));
    for (const unit of units) {
      if (!this.#shares.has(unit)) {
        const share = { wanted: undefined, owner: undefined, work: undefined, moving: undefined };
        this.#shares.set(unit, share);
      }
    }
    const taken = new Map<Member, number>();
    for (const [unit, share] of this.#shares) {
      const able = this.#members.filter((member) => member.units.includes(unit));
      share.wanted = leastLoaded(able, taken);
      if (share.wanted) taken.set(share.wanted, (taken.get(share.wanted) ?? 0) + 1);
      if (share.owner !== share.wanted) share.moving ??= this.#move(unit, share);
    }
  }

  async #move(unit: string, share: Share): Promise<void> {
    while (share.owner !== share.wanted) {
      await share.work?.stop();
      share.owner = share.wanted;
      share.work = share.owner?.start(unit);
    }
    // In the same turn as the last look, or a wish that comes now would be missed.
    share.moving = undefined;
  }
}

function leastLoaded(
  members: readonly Member[],
  taken: ReadonlyMap<Member, number>,
): Member | undefined {
  let least: Member | undefined;
  for (const member of members)
    if (!least || (taken.get(member) ?? 0) < (taken.get(least) ?? 0)) least = member;
  return least;
}
