import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
import type { DeadLetterOutcome } from '../core/outcome.ts';
import { epochMicros, epochNanosMicros } from '../core/time.ts';
import { compileMapping, type Mapping } from './json/compile-mapping.ts';
import { decodePart, maxParts, tooManyParts } from './json/decode-parts.ts';
import { describeFields } from './json/mapping-format.ts';
import { deadLetter } from './json/part.ts';
import {
  type LineProtocolDeclaration,
  lineProtocolFaults,
  type TimePrecision,
} from './line-protocol/declaration.ts';
import { type Line, parseLines } from './line-protocol/parse-lines.ts';
import { toMapping } from './line-protocol/to-mapping.ts';

export type {
  LineProtocolDeclaration,
  LineProtocolField,
  TimePrecision,
} from './line-protocol/declaration.ts';

/**
 * InfluxDB line protocol: each line is a part, and a bad one a dead letter of its own. An integer beyond 2^53 is its
 * digits, for a field of kind decimal. A line without a time gets that of its arrival.
 */
export function lineProtocol<const Topic extends string = never>(
  declaration: LineProtocolDeclaration<Topic>,
): Format {
  const shape = lineProtocolFaults(declaration);
  const usable = shape.length === 0 ? declaration : { entity: { type: '-', id: '-' }, fields: {} };
  const mapped = toMapping(usable);
  const mapping = compileMapping(mapped);
  const { precision = 'ns' } = usable as LineProtocolDeclaration<string>;
  return {
    name: declaration?.name ?? 'line-protocol',
    contentType: 'text/plain; charset=utf-8',
    isMapping: true,
    ...(mapping.topic === undefined ? {} : { topics: [mapping.topic.filter] }),
    ...(shape.length === 0 ? describeFields(mapped, mapping) : { emits: {} }),
    faults: shape.length > 0 ? shape : mapping.faults,
    decode: (input) => decode(mapping, precision, input),
  };
}

function decode(
  mapping: Mapping,
  precision: TimePrecision,
  { topic, payload }: FormatInput,
): readonly FormatOutcome[] {
  const topicTexts = mapping.topic === undefined ? [] : mapping.topic.match(topic);
  if (topicTexts === undefined)
    return [
      deadLetter('topic-mismatch', `Expected a topic as ${mapping.topic?.filter}; came ${topic}.`),
    ];
  if (payload.length === 0)
    return [deadLetter('payload-empty', 'Expected line protocol; the payload is empty.')];
  const lines = parseLines(payload, maxParts + 1);
  if (lines.length > maxParts) return [tooManyParts()];
  // Comments and blank lines alone.
  if (lines.length === 0) return [{ kind: 'drop', reason: 'not-a-reading' }];
  return lines.map((line) => decodeLine(line, { mapping, precision, topicTexts }));
}

interface Wanted {
  readonly mapping: Mapping;
  readonly precision: TimePrecision;
  readonly topicTexts: readonly string[];
}

function decodeLine(line: Line, { mapping, precision, topicTexts }: Wanted): FormatOutcome {
  const place = `line ${line.line}`;
  if ('fault' in line) return deadLetter('payload-malformed', line.fault, place);
  const { point } = line;
  const observedAt = point.time === undefined ? undefined : timeOf(point.time, precision, place);
  if (typeof observedAt === 'object') return observedAt;
  const outcome = decodePart(mapping, {
    value: point,
    root: point,
    numberTexts: undefined,
    topicTexts,
    place,
  });
  if (outcome.kind !== 'ok' || observedAt === undefined) return outcome;
  return { kind: 'ok', observation: { ...outcome.observation, observedAt } };
}

const countNames = { s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' };

function timeOf(
  digits: string,
  precision: TimePrecision,
  place: string,
): number | DeadLetterOutcome {
  const isCount = /^\d{1,19}$/.test(digits);
  const micros =
    precision === 'ns' ? epochNanosMicros(digits) : epochMicros(Number(digits), precision);
  if (isCount && micros !== undefined) return micros;
  return deadLetter(
    'time-invalid',
    `Expected ${countNames[precision]} since 1970; came ${digits.slice(0, 40)}.`,
    place,
  );
}
