import type { Reading } from '../../core/reading.ts';
import { toRfc3339 } from '../dlq/format-dead-letter.ts';
import type { ReadingStop, Stop, Way } from './find-way.ts';

/** The way in sentences, one stage after the other. */
export function describeWay(way: Way): string {
  return [...accepted(way), ...enriched(way), ...dead(way), ...stored(way)].join('\n');
}

function accepted({ raw }: Way): string[] {
  if (raw.length === 0)
    return ['raw        no longer in the log (or it came to grief before it got there)'];
  return raw.flatMap((stop, index) => [
    `raw        ${place(stop)}${index > 0 ? ', a repeat' : ''}`,
    ...(index === 0 ? describeReading(stop.reading) : []),
  ]);
}

function enriched({ raw, enriched: stops, deadLetters, enricherHasRead }: Way): string[] {
  if (stops.length > 0)
    return stops.flatMap((stop) => [`enriched   ${place(stop)}`, ...changes(stop, raw[0])]);
  if (deadLetters.length > 0) return [];
  if (raw.length === 0) return [];
  return [
    enricherHasRead
      ? 'enriched   no: filtered by a rule, or recognised as a repeat of one that has left the log'
      : 'enriched   not yet: the enricher has not come to it',
  ];
}

function dead({ deadLetters }: Way): string[] {
  return deadLetters.map(
    ({ letter, ...stop }) =>
      `dead       ${place(stop)}, at ${letter.stage}: ${letter.reason}: ${letter.detail} (millrace dlq show ${letter.id})`,
  );
}

function stored(way: Way): string[] {
  if (way.enriched.length === 0) return [];
  return [
    ...Object.entries(way.sinks).map(
      ([name, { hasRead }]) => `stored     ${fate(way, name, hasRead)}`,
    ),
    `latest     of the entity is ${way.latest}`,
  ];
}

function fate({ deadLetters }: Way, sink: string, hasRead: boolean): string {
  if (!hasRead) return `not yet: ${sink} has not come to it`;
  return deadLetters.some(({ letter }) => letter.stage === sink)
    ? `no: the store of ${sink} refused it`
    : `taken by ${sink}`;
}

function place({ topic, partition, offset, at }: Stop): string {
  return `${at}  ${topic}, partition ${partition}, offset ${offset}`;
}

function describeReading(reading: Reading): string[] {
  return [
    `           ${reading.entityType}/${reading.entityId} of source ${reading.source}, observed ${toRfc3339(reading.observedAt)}, received ${toRfc3339(reading.receivedAt)}`,
    `           ${fields(reading)}`,
  ];
}

/** What the enricher made of it: the fields that are new or have another value. */
function changes({ reading }: ReadingStop, raw: ReadingStop | undefined): string[] {
  const before = new Map(raw ? entries(raw.reading) : []);
  const changed = entries(reading)
    .filter(([name, value]) => before.get(name) !== value)
    .map(([name, value]) => `${name}=${value}`);
  return changed.length === 0 ? [] : [`           changed: ${changed.join(' ')}`];
}

function fields(reading: Reading): string {
  return entries(reading)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function entries({ numbers, flags, texts, tags, position, seq }: Reading): [string, string][] {
  const named = Object.entries({ ...numbers, ...flags, ...texts, ...tags }).map(
    ([name, value]): [string, string] => [name, String(value)],
  );
  if (position) named.push(['position', `${position.lat},${position.lon}`]);
  if (seq > 0) named.push(['seq', String(seq)]);
  return named;
}
