import type { Position, Reading } from '../core/reading.ts';
import type { EntityState } from './store.ts';

/**
 * When something was observed, in a total order: time, then `seq`, then `eventId`.
 * Two readings of one time thereby merge to the same whichever comes first.
 */
export interface Stamp {
  readonly observedAt: number;
  readonly seq: number;
  readonly eventId: string;
}

export type SlotKind = 'n' | 'f' | 't' | 'g' | 'u';

/** A field's newest value. Kinds: number, flag, text, tag; `u` with null: cleared by its sender at that time. */
export interface Slot {
  kind: SlotKind;
  value: number | boolean | string | null;
  stamp: Stamp;
}

/** An entity's latest, merged per field. */
export interface LatestState {
  source: string;
  receivedAt: number;
  /** Of the newest reading. */
  head: Stamp;
  readonly fields: Map<string, Slot>;
  /** The value that was observed first, of fields that a mapped table asks it of; also `source` and the two times. */
  readonly firsts: Map<string, Slot>;
  position: { value: Position | null; stamp: Stamp } | null;
  zones: { value: readonly string[]; stamp: Stamp } | null;
}

function isNewer(a: Stamp, b: Stamp): boolean {
  if (a.observedAt !== b.observedAt) return a.observedAt > b.observedAt;
  if (a.seq !== b.seq) return a.seq > b.seq;
  return a.eventId > b.eventId;
}

export function emptyState(): LatestState {
  return {
    source: '',
    receivedAt: 0,
    head: { observedAt: Number.NEGATIVE_INFINITY, seq: -1, eventId: '' },
    fields: new Map(),
    firsts: new Map(),
    position: null,
    zones: null,
  };
}

const noFirsts: ReadonlySet<string> = new Set();

/**
 * Merges a reading into a state, in place: it replaces what is older than itself, field by field, and `unset`
 * clears. Order and repeats of readings make no difference to the end. False when the state stays as it was.
 * `firsts`: fields of which the first value is kept too.
 */
export function mergeReading(
  state: LatestState,
  reading: Reading,
  firsts: ReadonlySet<string> = noFirsts,
): boolean {
  const stamp: Stamp = {
    observedAt: reading.observedAt,
    seq: reading.seq,
    eventId: reading.eventId,
  };
  let changed = false;
  for (const name of firsts) changed = putFirst(state, name, reading, stamp) || changed;
  if (isNewer(stamp, state.head)) {
    changed = true;
    state.head = stamp;
    state.source = reading.source;
    state.receivedAt = reading.receivedAt;
  }
  for (const name in reading.numbers)
    changed = put(state, name, 'n', reading.numbers[name] ?? null, stamp) || changed;
  for (const name in reading.flags)
    changed = put(state, name, 'f', reading.flags[name] ?? null, stamp) || changed;
  for (const name in reading.texts)
    changed = put(state, name, 't', reading.texts[name] ?? null, stamp) || changed;
  for (const name in reading.tags)
    changed = put(state, name, 'g', reading.tags[name] ?? null, stamp) || changed;
  for (const name of reading.unset) changed = put(state, name, 'u', null, stamp) || changed;
  return mergePlace(state, reading, stamp) || changed;
}

function put(
  state: LatestState,
  name: string,
  kind: SlotKind,
  value: Slot['value'],
  stamp: Stamp,
): boolean {
  const slot = state.fields.get(name);
  if (slot === undefined) {
    state.fields.set(name, { kind, value, stamp });
    return true;
  }
  if (!isNewer(stamp, slot.stamp)) return false;
  slot.kind = kind;
  slot.value = value;
  slot.stamp = stamp;
  return true;
}

/**
 * Of a state from before anybody asked for the first value, the latest is the first that is known. Cleared is no value.
 */
function putFirst(state: LatestState, name: string, reading: Reading, stamp: Stamp): boolean {
  const held = state.firsts.get(name);
  if (held !== undefined && !isNewer(held.stamp, stamp)) return false;
  const first = held ?? knownFirst(state, name);
  const given = valueIn(reading, name);
  const isFirst = given !== undefined && (first === undefined || isNewer(first.stamp, stamp));
  const next = isFirst ? { ...given, stamp } : first;
  if (next === undefined || next === held) return false;
  state.firsts.set(name, next);
  return true;
}

function knownFirst(state: LatestState, name: string): Slot | undefined {
  const { head, source, receivedAt } = state;
  if (head.observedAt === Number.NEGATIVE_INFINITY) return undefined;
  if (name === 'source') return { kind: 't', value: source, stamp: head };
  if (name === 'observedAt') return { kind: 'n', value: head.observedAt, stamp: head };
  if (name === 'receivedAt') return { kind: 'n', value: receivedAt, stamp: head };
  const slot = state.fields.get(name);
  return slot === undefined || slot.kind === 'u' ? undefined : { ...slot };
}

function valueIn(reading: Reading, name: string): Omit<Slot, 'stamp'> | undefined {
  if (name === 'source') return { kind: 't', value: reading.source };
  if (name === 'observedAt') return { kind: 'n', value: reading.observedAt };
  if (name === 'receivedAt') return { kind: 'n', value: reading.receivedAt };
  if (Object.hasOwn(reading.numbers, name))
    return { kind: 'n', value: reading.numbers[name] ?? null };
  if (Object.hasOwn(reading.flags, name)) return { kind: 'f', value: reading.flags[name] ?? null };
  if (Object.hasOwn(reading.texts, name)) return { kind: 't', value: reading.texts[name] ?? null };
  if (Object.hasOwn(reading.tags, name)) return { kind: 'g', value: reading.tags[name] ?? null };
  return undefined;
}

/** Zones follow from the position: with one, none named means that the entity is in none. */
function mergePlace(state: LatestState, reading: Reading, stamp: Stamp): boolean {
  const cleared = reading.position === null && reading.unset.includes('position');
  let changed = false;
  if (reading.position !== null || cleared) {
    if (state.position === null || isNewer(stamp, state.position.stamp)) {
      state.position = { value: reading.position, stamp };
      changed = true;
    }
  }
  if (reading.position !== null || cleared || reading.zones.length > 0) {
    if (state.zones === null || isNewer(stamp, state.zones.stamp)) {
      state.zones = { value: reading.zones, stamp };
      changed = true;
    }
  }
  return changed;
}

/** As readers get it: cleared fields are absent, and keep their time. */
export function toEntityState(
  entityType: string,
  entityId: string,
  state: LatestState,
): EntityState {
  const numbers: Record<string, number> = {};
  const flags: Record<string, boolean> = {};
  const texts: Record<string, string> = {};
  const tags: Record<string, string> = {};
  const fieldTimes: Record<string, number> = {};
  for (const [name, { kind, value, stamp }] of state.fields) {
    fieldTimes[name] = stamp.observedAt;
    if (kind === 'n') numbers[name] = value as number;
    else if (kind === 'f') flags[name] = value as boolean;
    else if (kind === 't') texts[name] = value as string;
    else if (kind === 'g') tags[name] = value as string;
  }
  if (state.position) fieldTimes.position = state.position.stamp.observedAt;
  if (state.zones) fieldTimes.zones = state.zones.stamp.observedAt;
  return {
    entityType,
    entityId,
    source: state.source,
    observedAt: state.head.observedAt,
    receivedAt: state.receivedAt,
    numbers,
    flags,
    texts,
    tags,
    position: state.position?.value ?? null,
    zones: state.zones?.value ?? [],
    fieldTimes,
  };
}
