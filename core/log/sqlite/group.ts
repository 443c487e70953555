/** What one member of a group does with one share of the work. */
export interface Work {
  stop(): Promise<void>;
}

/** One call of `process` or `consume`. `shares` names what it can take. */
export interface Member {
  readonly topics: readonly string[];
  readonly shares: readonly string[];
  start(share: string): Work;
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
  readonly #name: string;
  readonly #members: Member[] = [];
  readonly #shares = new Map<string, Share>();

  constructor(name: string) {
    this.#name = name;
  }

  /** Throws when members would read some of the same topics, but not all: a record would come twice. */
  join(member: Member): void {
    const clash = this.#members.find((other) => clashes(other.topics, member.topics));
    if (clash) {
      throw new Error(
        `Group ${this.#name} reads ${clash.topics.join(', ')} together; it can't also read ${member.topics.join(', ')}. Give the second reader a group of its own.`,
      );
    }
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

  #rebalance(): void {
    const names = new Set(this.#members.flatMap((member) => member.shares));
    for (const name of names) {
      if (!this.#shares.has(name)) {
        const share = { wanted: undefined, owner: undefined, work: undefined, moving: undefined };
        this.#shares.set(name, share);
      }
    }
    const taken = new Map<Member, number>();
    for (const [name, share] of this.#shares) {
      const able = this.#members.filter((member) => member.shares.includes(name));
      share.wanted = leastLoaded(able, taken);
      if (share.wanted) taken.set(share.wanted, (taken.get(share.wanted) ?? 0) + 1);
      if (share.owner !== share.wanted) share.moving ??= this.#move(name, share);
    }
  }

  async #move(name: string, share: Share): Promise<void> {
    while (share.owner !== share.wanted) {
      await share.work?.stop();
      share.owner = share.wanted;
      share.work = share.owner?.start(name);
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

function clashes(some: readonly string[], others: readonly string[]): boolean {
  const shared = others.filter((topic) => some.includes(topic)).length;
  return shared > 0 && (shared < some.length || shared < others.length);
}
