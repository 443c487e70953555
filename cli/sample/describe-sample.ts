import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Reading } from '../../core/reading.ts';
import { unitSymbol } from '../../core/unit-symbol.ts';
import { toRfc3339 } from '../dlq/format-dead-letter.ts';
import type { TriedDeadLetter, TriedPart, TriedSample } from './try-sample.ts';

/** For people: what a sample becomes, part by part. */
export function describeSample(tried: TriedSample, pipeline: Pipeline): string {
  const { sample, chosen, parts, setAside, requests, refused } = tried;
  const { source, topic, declaration, notes } = chosen;
  return [
    `${sample.name}: ${sample.payload.length} bytes at ${topic}, for the source ${source} (${declaration.format.name})`,
    ...notes.map((note) => `  Note: ${note}`),
    ...(refused === undefined ? [] : ['', `  refused, and nothing is kept: ${refused}`]),
    ...parts.flatMap((part) => ['', ...describePart(part, pipeline).map((line) => `  ${line}`)]),
    ...(setAside === 0
      ? []
      : [
          '',
          `  ${setAside === 1 ? 'a part is' : `${setAside} parts are`} no reading: set aside by the format, counted as filtered`,
        ]),
    ...requests.map((request) => `  asks back: a packet would be published at ${request}`),
  ].join('\n');
}

function describePart(part: TriedPart, pipeline: Pipeline): string[] {
  switch (part.kind) {
    case 'reading':
      return [
        `reading  ${name(part.reading)}  at ${timeOf(part.reading, pipeline)}`,
        ...table(rowsOf(part.raw, part.reading, pipeline)).map((line) => `  ${line}`),
        ...part.unjoined.map((register) => `  (no entry of the register ${register}: not joined)`),
      ];
    case 'repeated':
      return [`repeated  ${name(part.reading)}: the same reading came before; dropped, counted`];
    case 'filteredByRule':
      return [`filtered  ${name(part.reading)}: by the rule "${part.rule}"; dropped, counted`];
    case 'deadLetter':
      return describeDead(part);
  }
}

function describeDead({ stage, reason, detail, place }: TriedDeadLetter): string[] {
  const where = place === null ? '' : `, at ${place}`;
  return [`dead letter  ${reason} (${stage}${where})`, `  ${detail}`];
}

const name = ({ entityType, entityId }: Reading) => `${entityType}/${entityId}`;

function timeOf({ observedAt, receivedAt }: Reading, { retention }: Pipeline): string {
  const time = toRfc3339(observedAt);
  if (observedAt === receivedAt) return `${time} (when it arrives: the payload has no time)`;
  const ageMs = (receivedAt - observedAt) / 1000;
  const isExpired = retention.historyMs !== null && ageMs > retention.historyMs;
  return isExpired ? `${time} (older than history is kept: it would be counted as expired)` : time;
}

type Row = readonly [field: string, value: string, unit: string, came: string];

function rowsOf(raw: Reading, reading: Reading, { models, sources }: Pipeline): Row[] {
  const fields = models[reading.entityType]?.fields ?? {};
  const units = sources[raw.source]?.format.units?.[raw.entityType] ?? {};
  const unitOf = (name: string) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return field !== undefined && 'unit' in field ? (field.unit ?? '') : '';
  };
  const rows: Row[] = [];
  for (const [name, value] of Object.entries(reading.numbers)) {
    const before = raw.numbers[name];
    const sent = Object.hasOwn(units, name) ? (units[name] ?? '') : '';
    const came =
      before === undefined ? 'added' : before === value ? '' : `from ${before} ${unitSymbol(sent)}`;
    rows.push([name, String(value), unitSymbol(unitOf(name)), came.trim()]);
  }
  for (const [name, value] of Object.entries({ ...reading.flags, ...reading.texts })) {
    const isAdded = !Object.hasOwn({ ...raw.flags, ...raw.texts }, name);
    rows.push([name, JSON.stringify(value), unitSymbol(unitOf(name)), isAdded ? 'added' : '']);
  }
  for (const [name, value] of Object.entries(reading.tags))
    rows.push([
      name,
      JSON.stringify(value),
      '',
      Object.hasOwn(raw.tags, name) ? 'tag' : 'tag, added',
    ]);
  const { position, unset } = reading;
  if (position !== null) {
    const altitude = position.altitude === null ? '' : `, ${position.altitude} m`;
    rows.push(['(position)', `${position.lat}, ${position.lon}${altitude}`, '', '']);
  }
  for (const name of unset) rows.push([name, '', '', 'cleared']);
  return rows;
}

function table(rows: readonly Row[]): string[] {
  if (rows.length === 0) return ['(no values)'];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** As `--json` prints it: times as RFC 3339. */
export function sampleToJson({ sample, chosen, parts, setAside, requests, refused }: TriedSample) {
  const { source, topic, notes, declaration } = chosen;
  return {
    name: sample.name,
    source,
    format: declaration.format.name,
    topic,
    bytes: sample.payload.length,
    notes,
    refused: refused ?? null,
    filtered: setAside,
    requests,
    parts: parts.map((part) => {
      if (part.kind === 'deadLetter') return part;
      const { kind, reading, ...rest } = part;
      return {
        kind,
        ...('rule' in rest ? { rule: rest.rule } : {}),
        ...('unjoined' in rest ? { unjoined: rest.unjoined } : {}),
        reading: readingToJson(reading),
        ...('raw' in rest ? { raw: readingToJson(rest.raw) } : {}),
      };
    }),
  };
}

function readingToJson({ observedAt, receivedAt, ...rest }: Reading) {
  return { ...rest, observedAt: toRfc3339(observedAt), receivedAt: toRfc3339(receivedAt) };
}
