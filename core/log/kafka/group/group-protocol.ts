import { AssignerProtocol } from 'kafkajs';
import type { GroupMemberRow } from '../wire/kafkajs-shapes.ts';
import { assignShares } from './assign-shares.ts';
import type { Shares } from './shares.ts';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;

/** What a member tells the leader when it joins: the topics that it reads, and the shares that it had. */
export function encodeMembership(topics: readonly string[], owned: readonly string[]): Buffer {
  const userData = Buffer.from(JSON.stringify(owned));
  return MemberMetadata.encode({ version: 1, topics: [...topics], userData });
}

/** What the leader tells each member. `sharesOf`: what a member that reads these topics can take. */
export async function planAssignments(
  members: readonly GroupMemberRow[],
  sharesOf: (topics: readonly string[]) => Promise<Shares>,
): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
  const shares = new Map<string, Shares>();
  const takers = [];
  for (const { memberId, memberMetadata } of members) {
    const metadata = MemberMetadata.decode(memberMetadata);
    const own = await sharesOf(metadata?.topics ?? []);
    shares.set(memberId, own);
    takers.push({ memberId, able: [...own.keys()], owned: namesIn(metadata?.userData) });
  }
  return [...assignShares(takers)].map(([memberId, names]) => ({
    memberId,
    memberAssignment: encodeAssignment(names, shares.get(memberId)),
  }));
}

/** The names of the shares that the leader gave. */
export function sharesIn(assignment: Buffer): string[] {
  if (assignment.length === 0) return [];
  return namesIn(MemberAssignment.decode(assignment)?.userData);
}

/** By topic and partition for people's tools; we go by the names. */
function encodeAssignment(names: readonly string[], shares: Shares | undefined): Buffer {
  const assignment: Record<string, number[]> = {};
  for (const name of names)
    for (const { topic, partition } of shares?.get(name) ?? [])
      assignment[topic] = [...(assignment[topic] ?? []), partition];
  const userData = Buffer.from(JSON.stringify(names));
  return MemberAssignment.encode({ version: 1, assignment, userData });
}

function namesIn(userData: Buffer | undefined): string[] {
  return userData && userData.length > 0 ? (JSON.parse(userData.toString()) as string[]) : [];
}
