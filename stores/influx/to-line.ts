import type { Reading } from '../../core/reading.ts';
import { measurementText, nameText, stringFieldText } from './line-text.ts';

/** Why a reading makes no line: it holds no value at all (nothing is lost), or one that InfluxDB can't take. */
export type NoLine =
  | { readonly kind: 'without-fields' }
  | { readonly kind: 'refused'; readonly detail: string };

/** Names that a point has already; the configuration refuses them, other programs' records may have them. */
const takenFields = new Set(['time', 'lat', 'lon', 'altitude']);
const takenTags = new Set(['time', 'entityId', 'source']);

interface Prefix {
  readonly source: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly tagCount: number;
  /** Measurement and tags. */
  readonly text: string;
}

/** Entities remembered, some 300 bytes each; past it all are forgotten. */
const maxEntities = 50_000;
const maxFieldNames = 10_000;
const withoutFields: NoLine = { kind: 'without-fields' };
const threeDigits = Array.from({ length: 1000 }, (_, seq) => String(seq).padStart(3, '0'));

/**
 * Makes lines of readings as other programs rely on them: measurement = entity type; tags = entityId, source and tags, by name;
 * fields = numbers, flags, texts (each by name), then lat, lon, altitude; time in ns = observedAt and seq.
 * All numbers are doubles, decimals are string fields. An empty tag is left out: InfluxDB knows no difference.
 * The same reading makes the same line. What stands before the fields is made once for an entity and its tags.
 */
export class LineMaker {
  readonly #types = new Map<string, Map<string, Prefix>>();
  readonly #fieldKeys = new Map<string, string>();
  #entities = 0;
  #second = 0;
  #secondText = '0';
  /** The first name of the reading in hand that a point has already. */
  #taken: string | undefined;

  toLine(reading: Reading): string | NoLine {
    const { observedAt, seq } = reading;
    this.#taken = undefined;
    if (!(seq >= 0 && seq <= 999))
      return refused(`seq should be a whole number from 0 to 999; it is ${seq}.`);
    const prefix = this.#prefix(reading);
    if (typeof prefix !== 'string') return prefix;
    let fields = '';
    for (const name of namesInOrder(reading.numbers)) {
      const value = reading.numbers[name] as number;
      if (!Number.isFinite(value))
        return refused(`${name} should be a finite number; it is ${value}.`);
      fields += this.#key(name) + value;
    }
    for (const name of namesInOrder(reading.flags))
      fields += this.#key(name) + (reading.flags[name] ? 't' : 'f');
    for (const name of namesInOrder(reading.texts))
      fields += this.#key(name) + stringFieldText(reading.texts[name] ?? '');
    if (this.#taken !== undefined)
      return refused(`a field should have a name of its own; ${this.#taken} is taken.`);
    const { position } = reading;
    if (position !== null) {
      const { lat, lon, altitude } = position;
      if (!Number.isFinite(lat + lon + (altitude ?? 0)))
        return refused('a position should have finite numbers.');
      fields += `,lat=${lat},lon=${lon}`;
      if (altitude !== null) fields += `,altitude=${altitude}`;
    }
    if (fields === '') return withoutFields;
    return `${prefix} ${fields.slice(1)} ${this.#timeText(observedAt, seq)}`;
  }

  /** Nanoseconds, by parts that are texts already: sixteen digits are slow to write, and seconds seldom change. */
  #timeText(observedAt: number, seq: number): string {
    if (observedAt < 1e6) return String(BigInt(observedAt) * 1000n + BigInt(seq));
    const second = Math.floor(observedAt / 1e6);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = String(second);
    }
    const micros = observedAt - second * 1e6;
    const millis = Math.floor(micros / 1000);
    const three = (digits: number) => threeDigits[digits] ?? '';
    return this.#secondText + three(millis) + three(micros - millis * 1000) + three(seq);
  }

  /** `,name=`; escaped once. */
  #key(name: string): string {
    let key = this.#fieldKeys.get(name);
    if (key === undefined) {
      // InfluxDB drops a field of the name `time` without a word.
      if (takenFields.has(name) || name === '') {
        this.#taken = JSON.stringify(name);
        return '';
      }
      if (this.#fieldKeys.size >= maxFieldNames) this.#fieldKeys.clear();
      key = `,${nameText(name)}=`;
      this.#fieldKeys.set(name, key);
    }
    return key;
  }

  #prefix(reading: Reading): string | NoLine {
    const { entityType, entityId, source, tags } = reading;
    let entities = this.#types.get(entityType);
    const known = entities?.get(entityId);
    if (known !== undefined && known.source === source && haveSameTags(known, tags))
      return known.text;
    const text = prefixText(reading);
    if (typeof text !== 'string') return text;
    if (this.#entities >= maxEntities) {
      this.#types.clear();
      this.#entities = 0;
      entities = undefined;
    }
    if (entities === undefined) {
      entities = new Map();
      this.#types.set(entityType, entities);
    }
    if (known === undefined) this.#entities++;
    entities.set(entityId, { source, tags, tagCount: Object.keys(tags).length, text });
    return text;
  }
}

function haveSameTags(known: Prefix, tags: Readonly<Record<string, string>>): boolean {
  let count = 0;
  for (const name in tags) {
    if (known.tags[name] !== tags[name]) return false;
    count++;
  }
  return count === known.tagCount;
}

function prefixText({ entityType, entityId, source, tags }: Reading): string | NoLine {
  const all: Record<string, string> = { entityId, source };
  for (const name in tags) {
    if (takenTags.has(name) || name === '')
      return refused(`a tag should have a name of its own; ${JSON.stringify(name)} is taken.`);
    all[name] = tags[name] ?? '';
  }
  let text = measurementText(entityType);
  for (const name of Object.keys(all).sort())
    if (all[name] !== '') text += `,${nameText(name)}=${nameText(all[name] ?? '')}`;
  return text;
}

/** Most records have theirs in order; only others are sorted. */
function namesInOrder(values: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(values);
  for (let index = 1; index < names.length; index++)
    if ((names[index - 1] ?? '') > (names[index] ?? '')) return names.sort();
  return names;
}

function refused(detail: string): NoLine {
  return { kind: 'refused', detail: `InfluxDB: ${detail}` };
}
