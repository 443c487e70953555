import type { FormatInput, FormatMemory, FormatOutcome } from '../../core/format.ts';
import { messageOfThrown } from '../../core/message-of-thrown.ts';
import { epochMicros } from '../../core/time.ts';
import { deadLetter } from '../json/part.ts';
import type { EntityMapping, SparkplugMapping } from './entity-mapping.ts';
import { FieldOwners } from './field-owners.ts';
import { inflatePayload } from './inflate-payload.ts';
import { aside, gapLetter, observed, toOutcomes } from './outcomes.ts';
import { decodePayload, encodeRebirth, type Payload } from './payload.ts';
import { readMetrics } from './read-metrics.ts';
import { type NodeState, Sessions } from './session.ts';
import { parseTopic, type SparkplugTopic } from './topic.ts';

/** More would hold up everyone else; a birth of so many is split by device. */
const maxMetrics = 10_000;

interface Message {
  readonly topic: SparkplugTopic;
  readonly payload: Payload;
  readonly memory: FormatMemory | undefined;
  readonly state: NodeState | undefined;
}

const nothingRemembered = deadLetter(
  'name-unknown',
  'The payload leaves names or types to a birth, and a sample, or a replay, has none at hand.',
);

/** Messages of edge nodes, by what their births and sequence numbers left in the memory. */
export class SparkplugDecoder {
  readonly #mapping: SparkplugMapping;
  readonly #rebirthEvery: number | false;
  readonly #sessions = new Sessions();
  readonly #owners = new FieldOwners();

  constructor(mapping: SparkplugMapping, rebirthEvery: number | false) {
    this.#mapping = mapping;
    this.#rebirthEvery = rebirthEvery;
  }

  decode({ topic: text, payload: bytes, memory }: FormatInput): readonly FormatOutcome[] {
    const topic = parseTopic(text);
    if (topic === 'other') return [aside];
    if (topic === undefined)
      return [
        deadLetter(
          'topic-mismatch',
          `Expected spBv1.0/group/type/node, with a device for the types that begin with D; came ${text}.`,
        ),
      ];
    let payload: Payload;
    try {
      payload = decodePayload(bytes, maxMetrics);
      const inside = inflatePayload(payload);
      if (inside) payload = decodePayload(inside, maxMetrics);
    } catch (error) {
      // Of metrics, or inflated.
      const isTooLarge = error instanceof RangeError && /metrics|larger/.test(error.message);
      return [
        deadLetter(
          isTooLarge ? 'payload-too-large' : 'payload-not-protobuf',
          `Expected a Sparkplug B payload; it can't be read: ${messageOfThrown(error)}.`,
        ),
      ];
    }
    const state = memory && this.#sessions.node(memory, topic);
    const outcomes = this.#decodeMessage({ topic, payload, memory, state });
    // A request alone counts as nothing, and every packet counts.
    return outcomes.every(({ kind }) => kind === 'request') ? [aside, ...outcomes] : outcomes;
  }

  #decodeMessage(message: Message): FormatOutcome[] {
    switch (message.topic.type) {
      case 'NBIRTH':
        return this.#nodeBirth(message);
      case 'NDEATH':
        return this.#nodeDeath(message);
      case 'DBIRTH':
        return this.#deviceBirth(message);
      case 'DDEATH':
        return this.#deviceDeath(message);
      default:
        return this.#data(message);
    }
  }

  #nodeBirth(message: Message): FormatOutcome[] {
    const { topic, payload, memory, state } = message;
    const session = sessionOf(payload);
    const gone = state && state.session !== session ? state.devices : [];
    if (memory) {
      this.#sessions.putBirth(memory, topic, session, payload.metrics);
      const devices = state?.session === session ? state.devices : [];
      this.#sessions.putNode(memory, topic, { session, online: true, devices });
    }
    return [
      ...this.#born(message),
      ...this.#offline(topic, gone, microsOf(payload)),
      ...this.#follow(message, { needsBirth: false }),
    ];
  }

  #deviceBirth(message: Message): FormatOutcome[] {
    const { topic, payload, memory, state } = message;
    if (memory) {
      const { session = '', online = false, devices = [] } = state ?? {};
      this.#sessions.putBirth(memory, topic, session, payload.metrics);
      const born = devices.includes(topic.device) ? devices : [...devices, topic.device];
      this.#sessions.putNode(memory, topic, { session, online, devices: born });
    }
    return [...this.#born(message), ...this.#follow(message, { needsBirth: false })];
  }

  #born({ topic, payload }: Message): FormatOutcome[] {
    const { online } = this.#mapping;
    const mapping = this.#mappingOf(topic.device);
    if (mapping === undefined) return [];
    const flags = online === undefined ? {} : { [online]: true };
    return toOutcomes(
      topic,
      mapping,
      readMetrics({ payload, mapping, born: () => undefined, flags }),
    );
  }

  #data(message: Message): FormatOutcome[] {
    const { topic, payload, memory, state } = message;
    const mapping = this.#mappingOf(topic.device);
    const birth = memory && this.#sessions.birth(memory, topic, state?.session ?? '');
    const read =
      mapping &&
      readMetrics({
        payload,
        mapping,
        flags: {},
        owners: this.#owners.of(mapping, birth),
        shared: birth?.shared,
        born: ({ name, alias }) =>
          name ? birth?.byName.get(name) : birth?.byAlias.get(String(alias)),
      });
    // Which part is which can't be told either: a replay must not take one for another.
    if (memory === undefined && read?.needsBirth) return [nothingRemembered];
    return [
      ...(read && mapping ? toOutcomes(topic, mapping, read) : []),
      ...this.#follow(message, { needsBirth: read?.needsBirth ?? false }),
    ];
  }

  #deviceDeath(message: Message): FormatOutcome[] {
    const { topic, payload, memory, state } = message;
    if (memory) {
      this.#sessions.forgetBirth(memory, topic);
      if (state) {
        const devices = state.devices.filter((device) => device !== topic.device);
        this.#sessions.putNode(memory, topic, { ...state, devices });
      }
    }
    return [
      ...this.#offline(topic, [topic.device], microsOf(payload)),
      ...this.#follow(message, { needsBirth: false }),
    ];
  }

  /** The node's will, written when it connected: its own time is of then, and the death was when it came. */
  #nodeDeath({ topic, payload, memory, state }: Message): FormatOutcome[] {
    const session = sessionOf(payload);
    // Of an earlier connection, that the broker noticed late: the node has been born again since.
    const isStale = session !== '' && !!state?.session && state.session !== session;
    const isDead = state?.online === false && state.devices.length === 0;
    if (isStale || isDead) return [];
    if (memory) this.#sessions.putNode(memory, topic, { session, online: false, devices: [] });
    return this.#offline(topic, ['', ...(state?.devices ?? [])], undefined);
  }

  /** The flag cleared, of devices by their ids; the empty one is the node itself. */
  #offline(
    topic: SparkplugTopic,
    devices: readonly string[],
    observedAt: number | undefined,
  ): FormatOutcome[] {
    const { online } = this.#mapping;
    if (online === undefined) return [];
    const flags = { [online]: false };
    return devices.flatMap((device) => {
      const mapping = this.#mappingOf(device);
      const values = { observedAt, numbers: {}, flags, texts: {}, unset: [] };
      return mapping ? [observed({ ...topic, device }, mapping, values)] : [];
    });
  }

  /** What the message's number tells, and, where the node must be asked for its births, the asking. */
  #follow({ topic, payload, memory, state }: Message, { needsBirth }: { needsBirth: boolean }) {
    if (memory === undefined) return [];
    const { seq, timestamp } = payload;
    const { missing, expected, sinceAsked } = this.#sessions.step(memory, topic, seq);
    const isBirth = topic.type === 'NBIRTH';
    const wants = !isBirth && (missing > 0 || needsBirth || !state?.online);
    const every = this.#rebirthEvery;
    const asks = wants && every !== false && (sinceAsked === undefined || sinceAsked >= every);
    this.#sessions.putStep(memory, topic, { seq, sinceAsked: asks ? 0 : sinceAsked });
    const outcomes: FormatOutcome[] = [];
    if (missing > 0) outcomes.push(gapLetter({ topic, expected, seq, missing }));
    if (asks)
      outcomes.push({
        kind: 'request',
        topic: `spBv1.0/${topic.group}/NCMD/${topic.node}`,
        payload: encodeRebirth(timestamp),
      });
    return outcomes;
  }

  #mappingOf(device: string): EntityMapping | undefined {
    const { node, devices } = this.#mapping;
    return device === '' ? node : devices.find(({ isFor }) => isFor(device));
  }
}

/** `bdSeq`, which a birth and the will of the same connection share. */
function sessionOf({ metrics }: Payload): string {
  const value = metrics.find(({ name }) => name === 'bdSeq')?.value;
  return value?.kind === 'int' ? String(value.bits) : '';
}

function microsOf({ timestamp }: Payload): number | undefined {
  return timestamp === undefined ? undefined : epochMicros(timestamp, 'ms');
}
