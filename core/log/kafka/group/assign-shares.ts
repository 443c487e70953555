/** What one member can take and had before the rebalance. Shares are partitions that go together, by name. */
export interface ShareTaker {
  readonly memberId: string;
  readonly able: readonly string[];
  readonly owned: readonly string[];
}

/**
 * Shares out evenly; a member keeps what it had as far as that goes, since state that moves must be restored.
 * The same for the same members, in whatever order they come.
 */
export function assignShares(takers: readonly ShareTaker[]): Map<string, string[]> {
  const members = [...takers].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const given = new Map(members.map(({ memberId }) => [memberId, [] as string[]]));
  const shares = new Set(members.flatMap(({ able }) => able).sort());
  const least = Math.floor(shares.size / members.length);
  let roomForMore = shares.size % members.length;
  for (const { memberId, able, owned } of members) {
    const own = given.get(memberId) ?? [];
    const canKeep = owned.filter((share) => shares.has(share) && able.includes(share));
    const kept = Math.min(canKeep.length, least + (roomForMore > 0 ? 1 : 0));
    if (kept > least) roomForMore--;
    for (const share of canKeep.slice(0, kept)) {
      shares.delete(share);
      own.push(share);
    }
  }
  for (const share of shares) {
    const able = members.filter((member) => member.able.includes(share));
    const counts = able.map(({ memberId }) => given.get(memberId)?.length ?? 0);
    const taker = able[counts.indexOf(Math.min(...counts))];
    if (taker) given.get(taker.memberId)?.push(share);
  }
  return given;
}
