import { deadLetterCodec, readingCodec } from '../../core/codec.ts';
import type { Format, FormatMemory } from '../../core/format.ts';
import { incomingToRecords } from '../../core/intake/incoming-to-records.ts';
import type { NewRecord } from '../../core/log/event-log.ts';
import type { Reading } from '../../core/reading.ts';
import { deadLettersTopic } from '../../core/topics.ts';
import { decodeRecords } from '../../services/enricher/decode-records.ts';
import { enrichBatch } from '../../services/enricher/enrich-batch.ts';
import { Memory } from '../../services/enricher/memory.ts';
import type { Plan } from '../../services/enricher/plan.ts';
import type { ChosenSource } from './choose-source.ts';
import { largestBytesOf, payloadsOf, type SamplePart } from './payloads-of.ts';
import type { Sample } from './read-samples.ts';

export interface TriedDeadLetter {
  readonly kind: 'deadLetter';
  /** Who set it aside: `ingress`, as it could not be decoded, or `enricher`, as it breaks its model or a rule. */
  readonly stage: 'ingress' | 'enricher';
  readonly reason: string;
  readonly detail: string;
  readonly place: string | null;
}

export type TriedPart =
  | {
      readonly kind: 'reading';
      /** As decoded, in the sender's units. */
      readonly raw: Reading;
      /** After the enricher's steps: as it would be stored. */
      readonly reading: Reading;
      /** Registers that had no entry for it. */
      readonly unjoined: readonly string[];
    }
  | { readonly kind: 'repeated'; readonly reading: Reading }
  | { readonly kind: 'filteredByRule'; readonly reading: Reading; readonly rule: string }
  | TriedDeadLetter;

export interface TriedSample {
  readonly sample: Sample;
  readonly chosen: ChosenSource;
  /** Readings and dead letters, in the payload's order. */
  readonly parts: readonly TriedPart[];
  /** Parts that the format set aside on purpose. */
  readonly setAside: number;
  /** What would be published back: its topics. */
  readonly requests: readonly string[];
  /** The door's sentence, when a delivery like it would be refused. */
  readonly refused: string | undefined;
}

/** Tries samples one after the other, as if they came so: what repeats is seen to repeat. */
export class SampleTrial {
  readonly #plan: Plan;
  readonly #nowMicros: number;
  readonly #memory = new Memory();
  readonly #knownEntities = new Set<string>();
  readonly #formatMemories = new Map<string, FormatMemory>();
  #random = 0;

  constructor({ plan, nowMicros }: { readonly plan: Plan; readonly nowMicros: number }) {
    this.#plan = plan;
    this.#nowMicros = nowMicros;
  }

  try(sample: Sample, chosen: ChosenSource): TriedSample {
    const payloads = payloadsOf(chosen.declaration, sample.payload, sample.contentType);
    if ('refused' in payloads)
      return { sample, chosen, parts: [], setAside: 0, requests: [], refused: payloads.refused };
    const parts: TriedPart[] = [];
    const requests: string[] = [];
    let setAside = 0;
    for (const part of payloads) {
      const outcome = this.#decode(part, chosen);
      for (const record of outcome.records) parts.push(this.enrich(record));
      for (const { topic } of outcome.requests) requests.push(topic);
      setAside += outcome.filtered;
    }
    return { sample, chosen, parts, setAside, requests, refused: undefined };
  }

  #decode({ payload, contentType, fault }: SamplePart, chosen: ChosenSource) {
    const { source, declaration, topic } = chosen;
    const { format } = declaration;
    return incomingToRecords({
      source,
      format: fault === undefined ? format : { ...format, decode: () => [fault] },
      topic,
      payload,
      contentType,
      mayRepeat: false,
      traceparent: null,
      receivedAt: this.#nowMicros,
      random: () => `sample${this.#random++}`,
      memory: this.formatMemory(source, format),
      largestBytes: largestBytesOf(declaration),
    });
  }

  /** Undefined for a format that remembers nothing. */
  formatMemory(source: string, format: Format): FormatMemory | undefined {
    if (format.remembers !== true) return undefined;
    const known = this.#formatMemories.get(source);
    if (known !== undefined) return known;
    const entries = new Map<string, string>();
    const memory: FormatMemory = {
      get: (key) => entries.get(key),
      put: (key, value) => {
        if (value === undefined) entries.delete(key);
        else entries.set(key, value);
      },
    };
    this.#formatMemories.set(source, memory);
    return memory;
  }

  /** What the enricher would make of a record that an ingress appends. */
  enrich({ topic, key, value }: NewRecord): TriedPart {
    const bytes = value as Buffer;
    if (topic === deadLettersTopic) {
      const { reason, detail, place } = deadLetterCodec.decode(bytes);
      return { kind: 'deadLetter', stage: 'ingress', reason, detail, place };
    }
    const raw = readingCodec.decode(bytes);
    if (!this.#knownEntities.has(key)) this.#memory.rememberSummary(key, undefined);
    this.#knownEntities.add(key);
    const timestampMs = Math.floor(this.#nowMicros / 1000);
    const arrivals = decodeRecords([{ offset: 0, key, value: bytes, timestampMs }]);
    const enriched = enrichBatch(arrivals, this.#memory, this.#plan);
    const [passed] = enriched.passedOn;
    if (passed !== undefined) {
      const unjoined = [...enriched.unjoinedByRegister.keys()];
      return { kind: 'reading', raw, reading: readingCodec.decode(passed.value), unjoined };
    }
    const [aside] = enriched.setAside;
    if (aside !== undefined) {
      const { reason, detail, place = null } = aside.outcome;
      return { kind: 'deadLetter', stage: 'enricher', reason, detail, place };
    }
    const [rule] = enriched.filteredByRule.keys();
    return rule === undefined
      ? { kind: 'repeated', reading: raw }
      : { kind: 'filteredByRule', reading: raw, rule };
  }
}
