import type { DeadLetter } from '../../core/dead-letter.ts';
import { readableBytes } from '../../core/readable-bytes.ts';
import { rawTopic } from '../../core/topics.ts';
import type { DeadLetterGroup } from '../../stores/store.ts';
import { decodeRecord } from '../tail/decode-record.ts';

/** Microseconds since 1970 as RFC 3339 in UTC. */
export function toRfc3339(micros: number): string {
  return new Date(micros / 1000).toISOString();
}

/** As `--json` prints it: times as RFC 3339, bytes as text where they are UTF-8. */
export function deadLetterToJson({ bytes, receivedAt, deadAt, ...rest }: DeadLetter) {
  return {
    ...rest,
    receivedAt: toRfc3339(receivedAt),
    deadAt: toRfc3339(deadAt),
    ...readableBytes(bytes),
  };
}

/** For people: what happened, where, and what came. */
export function describeDeadLetter(letter: DeadLetter): string {
  const { bytes, totalBytes } = letter;
  const readable = readableBytes(bytes);
  const cut = bytes.length < totalBytes ? `, of which the first ${bytes.length} are kept` : '';
  const facts: [string, string | null][] = [
    ['id', letter.id],
    ['reason', letter.reason],
    ['detail', letter.detail],
    ['place', letter.place],
    ['source', letter.source],
    ['stage', letter.stage],
    ['topic', letter.topic],
    ['event id', letter.eventId],
    ['received', toRfc3339(letter.receivedAt)],
    ['dead since', toRfc3339(letter.deadAt)],
    ['sha256', letter.sha256],
    ['bytes', `${totalBytes} (${letter.contentType})${cut}:`],
  ];
  return [
    ...facts
      .filter(([, fact]) => fact !== null)
      .map(([name, fact]) => `${name.padEnd(11)} ${fact}`),
    '',
    'text' in readable ? readable.text : `${readable.bytesBase64}   (base64)`,
    ...readingIn(letter),
  ].join('\n');
}

/** A letter of the enricher or a sink has a reading's record as its bytes: nobody reads Avro in base64. */
function readingIn({ contentType, bytes, totalBytes, reason }: DeadLetter): string[] {
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

export function describeGroups(groups: readonly DeadLetterGroup[]): string {
  if (groups.length === 0) return 'No dead letters.';
  const rows = groups.map(({ count, reason, source, stage, firstAt, lastAt }) => [
    String(count),
    reason,
    source,
    stage,
    toRfc3339(firstAt),
    toRfc3339(lastAt),
  ]);
  return table([['count', 'reason', 'source', 'stage', 'first', 'last'], ...rows]);
}

export function describeLetters(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return 'No dead letters.';
  const rows = letters.map(({ id, deadAt, reason, source, detail }) => [
    id,
    toRfc3339(deadAt),
    reason,
    source,
    detail,
  ]);
  return table([['id', 'dead since', 'reason', 'source', 'detail'], ...rows]);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
