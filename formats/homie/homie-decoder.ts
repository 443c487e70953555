import type { FormatInput, FormatMemory, FormatOutcome } from '../../core/format.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { Observation } from '../../core/reading.ts';
import { deadLetter } from '../json/part.ts';
import { FieldOwners } from './field-owners.ts';
import type { HomieMapping, MappedProperty } from './homie-mapping.ts';
import { type HomieTopic, type PropertyTopic, parseHomieTopic, placeOf } from './homie-topic.ts';
import { UnitConversions } from './homie-unit.ts';
import { homieValue } from './homie-value.ts';

/** What is remembered of a property. */
interface Property {
  readonly datatype?: string;
  readonly unit?: string;
  /** A value that came before what it needs: the attributes of a retained device come in any order. */
  readonly waiting?: string;
  /** A second value came meanwhile: what is missing is not coming. */
  readonly isSettled?: true;
}

/** What is remembered of a device. */
interface Device {
  readonly state?: string;
  readonly nodes?: readonly string[];
}

const aside: FormatOutcome = { kind: 'drop', reason: 'not-a-reading' };
/** It is kept, and becomes a reading with the packet that it waits for. */
const waits: FormatOutcome = { kind: 'drop', reason: 'retained-state' };
const maxWaitingChars = 4_096;
const maxAttributeChars = 256;
const maxNodes = 1_000;
const states = new Set(['init', 'ready', 'disconnected', 'sleeping', 'lost', 'alert']);

/** Messages of devices, by what their attributes left in the memory. */
export class HomieDecoder {
  readonly #mapping: HomieMapping;
  readonly #baseTopic: string;
  readonly #conversions = new UnitConversions();
  readonly #owners: FieldOwners;

  constructor(mapping: HomieMapping, baseTopic: string) {
    this.#mapping = mapping;
    this.#baseTopic = baseTopic;
    this.#owners = new FieldOwners(mapping);
  }

  decode({ topic: given, payload, memory }: FormatInput): readonly FormatOutcome[] {
    const topic = parseHomieTopic(given, this.#baseTopic);
    if (topic === undefined)
      return [
        deadLetter('topic-mismatch', `Expected ${this.#baseTopic}/ and a device; came ${given}.`),
      ];
    // Retained, it deletes: a device, or a property, is no more.
    if (topic.kind === 'value' && payload.length === 0 && memory) this.#owners.letGo(topic, memory);
    if (topic.kind === 'other' || payload.length === 0) return [aside];
    const text = textOf(payload);
    if (text === undefined)
      return [deadLetter('payload-not-utf8', 'Expected UTF-8; came bytes that are not.')];
    const outcomes = this.#decodeTopic(topic, text, memory);
    return outcomes.length === 0 ? [aside] : outcomes;
  }

  #decodeTopic(
    topic: Exclude<HomieTopic, { kind: 'other' }>,
    text: string,
    memory: FormatMemory | undefined,
  ): FormatOutcome[] {
    switch (topic.kind) {
      case 'value':
        return this.#value(topic, text, memory);
      case 'attribute':
        return memory ? this.#attribute(topic, text, memory) : [];
      case 'state':
        return this.#state(topic.device, text, memory);
      default:
        return memory ? this.#nodes(topic.device, text, memory) : [];
    }
  }

  #value(topic: PropertyTopic, text: string, memory: FormatMemory | undefined): FormatOutcome[] {
    const mapped = this.#mapping.fieldOf(topic.node, topic.property);
    if (mapped === undefined) return [];
    if (memory === undefined) {
      // A value in an unknown unit is not one in the declared one.
      if (mapped.unit !== undefined) return [unitUnknown(topic)];
      return [this.#read(topic, mapped, { text, property: {} })];
    }
    const other = this.#owners.other(topic, mapped.field, memory);
    if (other !== undefined) return [ambiguous(topic, mapped.field, other)];
    const property = recall<Property>(memory, propertyKey(topic));
    if (isKnown(property, mapped)) return [this.#read(topic, mapped, { text, property })];
    const { waiting, ...known } = property;
    if (waiting === undefined && text.length <= maxWaitingChars) {
      remember(memory, propertyKey(topic), { ...property, waiting: text });
      return [waits];
    }
    // Two without what they need: the device doesn't say it.
    const settled: Property = { ...known, isSettled: true };
    remember(memory, propertyKey(topic), settled);
    const texts = waiting === undefined ? [text] : [waiting, text];
    return texts.map((each) => this.#read(topic, mapped, { text: each, property: settled }));
  }

  #attribute(
    topic: PropertyTopic & { readonly name: '$datatype' | '$unit' },
    text: string,
    memory: FormatMemory,
  ): FormatOutcome[] {
    const mapped = this.#mapping.fieldOf(topic.node, topic.property);
    if (mapped === undefined || text.length > maxAttributeChars) return [];
    const name = topic.name === '$datatype' ? 'datatype' : 'unit';
    const before = recall<Property>(memory, propertyKey(topic));
    const property: Property = { ...before, [name]: text.trim() };
    if (property.waiting === undefined || !isKnown(property, mapped)) {
      if (before[name] !== property[name]) remember(memory, propertyKey(topic), property);
      return [];
    }
    const { waiting, ...known } = property;
    remember(memory, propertyKey(topic), known);
    return [this.#read(topic, mapped, { text: waiting, property: known })];
  }

  #state(device: string, text: string, memory: FormatMemory | undefined): FormatOutcome[] {
    if (!states.has(text)) {
      const detail = `Expected one of ${[...states].join(', ')}; came ${JSON.stringify(text.slice(0, 60))}.`;
      return [deadLetter('type-mismatch', detail, '$state')];
    }
    if (!this.#mapping.isByNode) return this.#present(device, [''], text);
    const known = memory ? recall<Device>(memory, device) : {};
    if (memory && known.state !== text) remember(memory, device, { ...known, state: text });
    return this.#present(device, known.nodes ?? [], text);
  }

  /** Where nodes are entities, the state of their device is told of each of them. */
  #nodes(device: string, text: string, memory: FormatMemory): FormatOutcome[] {
    if (!this.#mapping.isByNode) return [];
    const known = recall<Device>(memory, device);
    // Version 3 marks arrays: `lights[]`.
    const listed = text.split(',').map((node) => node.trim().replace(/\[\]$/, ''));
    const nodes = [...new Set(listed)].filter((node) => node !== '').slice(0, maxNodes);
    remember(memory, device, { ...known, nodes });
    const fresh = nodes.filter((node) => !known.nodes?.includes(node));
    return known.state === undefined ? [] : this.#present(device, fresh, known.state);
  }

  #present(device: string, nodes: readonly string[], state: string): FormatOutcome[] {
    const { online, state: stateField } = this.#mapping;
    if (online === undefined && stateField === undefined) return [];
    const isOnline = state !== 'disconnected' && state !== 'lost';
    return nodes.map((node) =>
      this.#observed(device, node, {
        flags: online === undefined ? {} : { [online]: isOnline },
        texts: stateField === undefined ? {} : { [stateField]: state },
      }),
    );
  }

  #read(
    { device, node, property: name }: PropertyTopic,
    mapped: MappedProperty,
    { text, property }: { readonly text: string; readonly property: Property },
  ): FormatOutcome {
    const value = homieValue(text, {
      mapped,
      attributes: property,
      conversions: this.#conversions,
      place: `${node}/${name}`,
    });
    if (value.kind === 'deadLetter') return value;
    const { field } = mapped;
    if (value.kind === 'number')
      return this.#observed(device, node, { numbers: { [field]: value.value } });
    if (value.kind === 'flag')
      return this.#observed(device, node, { flags: { [field]: value.value } });
    return this.#observed(device, node, { texts: { [field]: value.value } });
  }

  #observed(
    device: string,
    node: string,
    values: Partial<Pick<Observation, 'numbers' | 'flags' | 'texts'>>,
  ): FormatOutcome {
    const observation = {
      entityType: this.#mapping.entityType,
      entityId: this.#mapping.entityId(device, node),
      numbers: {},
      flags: {},
      texts: {},
      ...values,
      tags: {},
      position: null,
      unset: [],
    };
    return { kind: 'ok', observation };
  }
}

const ambiguous = (topic: PropertyTopic, field: string, owner: string): DeadLetterOutcome =>
  deadLetter(
    'name-ambiguous',
    `Two properties would be one value: ${field} is ${owner}. Name each under \`fields\`.`,
    placeOf(topic),
  );

const unitUnknown = ({ node, property }: PropertyTopic): FormatOutcome =>
  deadLetter(
    'name-unknown',
    'The unit stands in a packet of its own, and a sample, or a replay, has none at hand.',
    `${node}/${property}`,
  );

/** Whether a value can be read: its type is known, and its unit where it is to be in another. */
function isKnown(property: Property, { kind, unit }: MappedProperty): boolean {
  if (property.isSettled) return true;
  const hasType = kind !== undefined || property.datatype !== undefined;
  return hasType && (unit === undefined || property.unit !== undefined);
}

const propertyKey = ({ device, node, property }: PropertyTopic) => `${device}/${node}/${property}`;

function recall<T extends object>(memory: FormatMemory, key: string): Partial<T> & T {
  const text = memory.get(key);
  return (text === undefined ? {} : JSON.parse(text)) as T;
}

const remember = (memory: FormatMemory, key: string, value: object) =>
  memory.put(key, JSON.stringify(value));

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(payload: Uint8Array): string | undefined {
  try {
    return utf8.decode(payload);
  } catch {
    return undefined;
  }
}
