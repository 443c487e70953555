import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
import { type CloudEventsDeclaration, cloudEventsFaults } from './cloud-events/declaration.ts';
import { type CloudEvent, readEvent } from './cloud-events/event.ts';
import { maxParts, tooManyParts } from './json/decode-parts.ts';
import { type NumberTexts, parseJson } from './json/json-text.ts';
import { type EnvelopedMapping, isMappingFormat } from './json/mapping-format.ts';

export type { CloudEventsDeclaration } from './cloud-events/declaration.ts';

const placeholders = ['id', 'source', 'type', 'subject', 'time'];

/**
 * CloudEvents 1.0 in the structured mode, one or a batch; a webhook makes the binary mode the structured one. The
 * event's `source` and `id` are the readings' id and its `time` their time, unless the data say otherwise.
 */
export function cloudEvents(declaration: CloudEventsDeclaration): Format {
  const shape = cloudEventsFaults(declaration);
  const { data, types, extensions = [] } = declaration ?? {};
  const names = [...placeholders, ...extensions];
  const mapping = shape.length === 0 && isMappingFormat(data) ? data.inEnvelope(names) : undefined;
  const { topics, emits = {}, kinds, units, remembers, isMapping } = data ?? {};
  const inner = (mapping?.faults ?? data?.faults ?? []).map((fault) => ({
    ...fault,
    path: `data.${fault.path}`,
  }));
  const events: Events = {
    data,
    mapping,
    names,
    types: types === undefined ? undefined : new Set(types),
  };
  return {
    name: declaration?.name ?? 'cloud-events',
    contentType: 'application/cloudevents+json',
    ...(remembers && { remembers }),
    ...(isMapping && { isMapping }),
    ...(topics && { topics }),
    ...(kinds && { kinds }),
    ...(units && { units }),
    emits,
    faults: shape.length > 0 ? shape : inner,
    decode: (input) => decode(events, input),
  };
}

interface Events {
  readonly data: Format;
  /** Of data whose decoder is a mapping. */
  readonly mapping: EnvelopedMapping | undefined;
  readonly names: readonly string[];
  readonly types: ReadonlySet<string> | undefined;
}

function decode(events: Events, input: FormatInput): readonly FormatOutcome[] {
  const withNumberTexts = events.mapping?.needsNumberTexts ?? false;
  const parsed = parseJson(input.payload, { withNumberTexts });
  if (parsed.kind === 'deadLetter') return [parsed];
  const { root, numberTexts } = parsed;
  if (!Array.isArray(root)) return decodeEvent(events, root, { input, numberTexts, place: '$' });
  const outcomes: FormatOutcome[] = [];
  for (const [index, event] of root.entries()) {
    if (outcomes.length > maxParts) return [tooManyParts()];
    outcomes.push(...decodeEvent(events, event, { input, numberTexts, place: `$[${index}]` }));
  }
  return outcomes.length > 0 ? outcomes : [{ kind: 'drop', reason: 'not-a-reading' }];
}

interface Where {
  readonly input: FormatInput;
  readonly numberTexts: NumberTexts | undefined;
  readonly place: string;
}

function decodeEvent(events: Events, value: unknown, where: Where): readonly FormatOutcome[] {
  const event = readEvent(value, where.place);
  if (event.kind === 'deadLetter') return [event];
  if (events.types?.has(event.type) === false) return [{ kind: 'drop', reason: 'not-a-reading' }];
  const outcomes =
    events.mapping === undefined
      ? events.data.decode({
          ...where.input,
          payload: bytesOf(event),
          contentType: event.contentType,
        })
      : decodeMapped(events.mapping, event, events.names, where);
  return outcomes.map((outcome, index) => {
    if (outcome.kind !== 'ok') return outcome;
    const { observation } = outcome;
    // A part's index stays when another part is mended.
    const id = outcomes.length > 1 ? `${event.id}#${index}` : event.id;
    return {
      kind: 'ok',
      observation: {
        ...observation,
        id: observation.id ?? id,
        observedAt: observation.observedAt ?? event.observedAt,
      },
    };
  });
}

function decodeMapped(
  mapping: EnvelopedMapping,
  { attributes, data, place }: CloudEvent,
  names: readonly string[],
  { input, numberTexts }: Where,
): readonly FormatOutcome[] {
  const texts = names.map((name) => {
    const value = attributes[name];
    return value === undefined || value === null || typeof value === 'object'
      ? undefined
      : `${value}`;
  });
  const { topic } = input;
  return data.kind === 'bytes'
    ? mapping.decodeBytes(data.bytes, { topic, texts, place: `${place}.data_base64` })
    : mapping.decodeValue(
        { kind: 'parsed', root: data.value, numberTexts },
        { topic, texts, place: `${place}.data` },
      );
}

/** For a format that decodes bytes: a text is itself, any other value its JSON. */
function bytesOf({ data }: CloudEvent): Uint8Array {
  if (data.kind === 'bytes') return data.bytes;
  return Buffer.from(typeof data.value === 'string' ? data.value : JSON.stringify(data.value));
}
