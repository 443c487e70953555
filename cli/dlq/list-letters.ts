import { letterValue } from '../../core/dead-letters/letter-value.ts';
import type { Where } from '../../core/where.ts';
import type { DeadLetterFilter, DeadLetterReader, StoredDeadLetter } from '../../stores/store.ts';
import type { ExitCode } from '../define-command.ts';
import {
  deadLetterToJson,
  describeDeadLetter,
  describeGroups,
  describeLetters,
  toRfc3339,
} from './format-dead-letter.ts';

export interface Listing {
  readonly filter: DeadLetterFilter;
  readonly wheres: readonly Where[];
  readonly limit: number;
  readonly asJson: boolean;
}

/** Counts by reason, stage and source. */
export async function listGroups(
  store: DeadLetterReader,
  { filter, asJson }: Listing,
): Promise<ExitCode> {
  const groups = await store.deadLetterGroups(filter);
  const items = groups.map((group) => ({
    ...group,
    firstAt: toRfc3339(group.firstAt),
    lastAt: toRfc3339(group.lastAt),
  }));
  const withStates = filter.state === undefined;
  console.log(
    asJson ? JSON.stringify({ items, nextCursor: null }) : describeGroups(groups, { withStates }),
  );
  return 0;
}

/** One by one, newest first. */
export async function listEach(
  store: DeadLetterReader,
  { filter, wheres, limit, asJson }: Listing,
): Promise<ExitCode> {
  const items: StoredDeadLetter[] = [];
  let cursor: string | null = null;
  do {
    const query = { ...filter, limit: Math.min(limit, 100) };
    const page = await store.deadLetters(cursor === null ? query : { ...query, cursor });
    const wanted = page.items.filter((letter) =>
      wheres.every((holds) => holds(letterValue(letter))),
    );
    items.push(...wanted.slice(0, limit - items.length));
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < limit);
  const withStates = filter.state === undefined;
  console.log(
    asJson
      ? JSON.stringify({ items: items.map(deadLetterToJson), nextCursor: cursor })
      : describeLetters(items, { withStates }),
  );
  return 0;
}

export async function showLetter(
  store: DeadLetterReader,
  id: string,
  asJson: boolean,
): Promise<ExitCode> {
  const letter = await store.deadLetter(id);
  if (!letter) {
    console.error(`There is no dead letter ${id}. millrace dlq ls --each lists them.`);
    return 1;
  }
  console.log(asJson ? JSON.stringify(deadLetterToJson(letter)) : describeDeadLetter(letter));
  return 0;
}
