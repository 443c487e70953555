import type { DeadLetter } from '../../core/dead-letter.ts';
import { readableBytes } from '../../core/readable-bytes.ts';
import { rawTopic } from '../../core/topics.ts';
import type { DeadLetterGroup, StoredDeadLetter } from '../../stores/store.ts';
import { decodeRecord } from '../tail/decode-record.ts';
import { showPayload } from './show-payload.ts';
import { table } from './table.ts';

/** Microseconds since 1970 as RFC 3339 in UTC. */
export function toRfc3339(micros: number): string {
  return new Date(micros / 1000).toISOString();
}

/** As `--json` prints it: times as RFC 3339, bytes as text where they are UTF-8. */
export function deadLetterToJson({ mark, ...letter }: StoredDeadLetter) {
  return { ...letterToJson(letter), mark: mark && { ...mark, at: toRfc3339(mark.at) } };
}

/** As the log has it. */
export function letterToJson<T extends DeadLetter>({ bytes, receivedAt, deadAt, ...rest }: T) {
  return {
    ...rest,
    receivedAt: toRfc3339(receivedAt),
    deadAt: toRfc3339(deadAt),
    ...readableBytes(bytes),
  };
}

/** For people: what happened, where, and what came. */
export function describeDeadLetter(letter: StoredDeadLetter): string {
  const { bytes, totalBytes } = letter;
  const cut = bytes.length < totalBytes ? `, of which the first ${bytes.length} are kept` : '';
  const facts: [string, string | null][] = [
    ['id', letter.id],
    ['reason', letter.reason],
    ['detail', letter.detail],
    ['place', letter.place],
    ['part', partOf(letter)],
    ['source', letter.source],
    ['stage', letter.stage],
    ['topic', letter.topic],
    ['event id', letter.eventId],
    ['received', toRfc3339(letter.receivedAt)],
    ['dead since', toRfc3339(letter.deadAt)],
    ['state', stateOf(letter)],
    ['sha256', letter.sha256],
    ['bytes', `${totalBytes} (${letter.contentType})${cut}:`],
  ];
  return [
    ...facts
      .filter(([, fact]) => fact !== null)
      .map(([name, fact]) => `${name.padEnd(11)} ${fact}`),
    '',
    ...showPayload(bytes, letter.place),
    ...readingIn(letter),
  ].join('\n');
}

function partOf({ part, parts }: StoredDeadLetter): string | null {
  if (part === null || parts === null || parts === 1) return null;
  return `${part + 1} of ${parts} in what came`;
}

function stateOf({ state, mark }: StoredDeadLetter): string {
  if (mark === null) return state;
  return `${state} since ${toRfc3339(mark.at)}: ${mark.reason} (action ${mark.action})`;
}

/** A letter of the enricher or a sink has a reading's record as its bytes: nobody reads Avro in base64. */
function readingIn({ contentType, bytes, totalBytes, reason }: StoredDeadLetter): string[] {
  const isWhole = contentType === 'avro/binary' && bytes.length === totalBytes;
  if (!isWhole || reason === 'record-undecodable') return [];
  try {
    return [
      '',
      'the reading:',
      JSON.stringify(decodeRecord(rawTopic, Buffer.from(bytes)), null, 2),
    ];
  } catch {
    return [];
  }
}

/** `withStates`: those too that are no longer open, counted by what became of them. */
export function describeGroups(
  groups: readonly DeadLetterGroup[],
  { withStates }: { readonly withStates: boolean },
): string {
  if (groups.length === 0) return withStates ? 'No dead letters.' : noneOpen;
  const states = ({ open, replayed, discarded }: DeadLetterGroup) =>
    withStates ? [open, replayed, discarded].map(String) : [];
  const rows = groups.map((group) => [
    String(group.count),
    ...states(group),
    group.reason,
    group.stage,
    group.source,
    toRfc3339(group.firstAt),
    toRfc3339(group.lastAt),
  ]);
  const names = withStates ? ['open', 'replayed', 'discarded'] : [];
  return table([['count', ...names, 'reason', 'stage', 'source', 'first', 'last'], ...rows]);
}

export function describeLetters(
  letters: readonly StoredDeadLetter[],
  { withStates }: { readonly withStates: boolean },
): string {
  if (letters.length === 0) return withStates ? 'No dead letters.' : noneOpen;
  const rows = letters.map(({ id, deadAt, reason, source, state, detail }) => [
    id,
    toRfc3339(deadAt),
    ...(withStates ? [state] : []),
    reason,
    source,
    detail,
  ]);
  const names = ['id', 'dead since', ...(withStates ? ['state'] : []), 'reason', 'source'];
  return table([[...names, 'detail'], ...rows]);
}

const noneOpen = 'No open dead letters. --all shows those too that were replayed or discarded.';
