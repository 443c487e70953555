import type { Position, Reading } from '../../core/reading.ts';
import type { EntityState } from '../store.ts';

/**
 * When something was observed, in a total order: time, then `seq`, then `eventId`.
 * Two readings of one time thereby merge to the same whichever comes first.
 */
export interface Stamp {
  readonly observedAt: number;
  readonly seq: number;
  readonly eventId: string;
}

type SlotKind = 'n' | 'f' | 't' | 'g' | 'u';

/** A field's newest value. Kind `u` with null: cleared by its sender at that time. */
interface Slot {
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
    position: null,
    zones: null,
  };
}

/**
 * Merges a reading into a state, in place: it replaces what is older than itself, field by field, and `unset`
 * clears. Order and repeats of readings make no difference to the end.
 */
export function mergeReading(state: LatestState, reading: Reading): void {
  const stamp: Stamp = {
    observedAt: reading.observedAt,
    seq: reading.seq,
    eventId: reading.eventId,
  };
  if (isNewer(stamp, state.head)) {
    state.head = stamp;
    state.source = reading.source;
    state.receivedAt = reading.receivedAt;
  }
  for (const name in reading.numbers) put(state, name, 'n', reading.numbers[name] ?? null, stamp);
  for (const name in reading.flags) put(state, name, 'f', reading.flags[name] ?? null, stamp);
  for (const name in reading.texts) put(state, name, 't', reading.texts[name] ?? null, stamp);
  for (const name in reading.tags) put(state, name, 'g', reading.tags[name] ?? null, stamp);
  for (const name of reading.unset) put(state, name, 'u', null, stamp);
  mergePlace(state, reading, stamp);
}

function put(
  state: LatestState,
  name: string,
  kind: SlotKind,
  value: Slot['value'],
  stamp: Stamp,
): void {
  const slot = state.fields.get(name);
  if (slot === undefined) state.fields.set(name, { kind, value, stamp });
  else if (isNewer(stamp, slot.stamp)) {
    slot.kind = kind;
    slot.value = value;
    slot.stamp = stamp;
  }
}

/** Zones follow from the position: with one, none named means that the entity is in none. */
function mergePlace(state: LatestState, reading: Reading, stamp: Stamp): void {
  const cleared = reading.position === null && reading.unset.includes('position');
  if (reading.position !== null || cleared) {
    if (state.position === null || isNewer(stamp, state.position.stamp)) {
      state.position = { value: reading.position, stamp };
    }
  }
  if (reading.position !== null || cleared || reading.zones.length > 0) {
    if (state.zones === null || isNewer(stamp, state.zones.stamp)) {
      state.zones = { value: reading.zones, stamp };
    }
  }
}

type StampJson = [observedAt: number, seq: number, eventId: string];

/** As it stands in `entities.state`; numbers at the end of each are indexes into `stamps`, the first is the head's. */
interface StateJson {
  s: string;
  r: number;
  stamps: StampJson[];
  fields: [name: string, kind: SlotKind, value: Slot['value'], stamp: number][];
  p: [lat: number, lon: number, altitude: number | null, stamp: number] | [stamp: number] | null;
  z: [zones: readonly string[], stamp: number] | null;
}

export function stateToText(state: LatestState): string {
  const indexes = new Map<Stamp, number>();
  const stamps: StampJson[] = [];
  const indexOf = (stamp: Stamp): number => {
    let index = indexes.get(stamp);
    if (index === undefined) {
      index = stamps.push([stamp.observedAt, stamp.seq, stamp.eventId]) - 1;
      indexes.set(stamp, index);
    }
    return index;
  };
  indexOf(state.head);
  const fields: StateJson['fields'] = [];
  for (const [name, slot] of state.fields)
    fields.push([name, slot.kind, slot.value, indexOf(slot.stamp)]);
  const { position, zones } = state;
  const place = position?.value;
  const json: StateJson = {
    s: state.source,
    r: state.receivedAt,
    stamps,
    fields,
    p:
      position === null
        ? null
        : place
          ? [place.lat, place.lon, place.altitude, indexOf(position.stamp)]
          : [indexOf(position.stamp)],
    z: zones === null ? null : [zones.value, indexOf(zones.stamp)],
  };
  return JSON.stringify(json);
}

export function stateFromText(text: string): LatestState {
  const json = JSON.parse(text) as StateJson;
  const stamps = json.stamps.map(([observedAt, seq, eventId]) => ({ observedAt, seq, eventId }));
  const stampAt = (index: number): Stamp => {
    const stamp = stamps[index];
    if (stamp === undefined)
      throw new RangeError(`A stored state names stamp ${index} of ${stamps.length}.`);
    return stamp;
  };
  return {
    source: json.s,
    receivedAt: json.r,
    head: stampAt(0),
    fields: new Map(
      json.fields.map(([name, kind, value, stamp]) => [
        name,
        { kind, value, stamp: stampAt(stamp) },
      ]),
    ),
    position: positionFrom(json.p, stampAt),
    zones: json.z && { value: json.z[0], stamp: stampAt(json.z[1]) },
  };
}

function positionFrom(
  json: StateJson['p'],
  stampAt: (index: number) => Stamp,
): LatestState['position'] {
  if (json === null) return null;
  if (json.length === 1) return { value: null, stamp: stampAt(json[0]) };
  const [lat, lon, altitude, stamp] = json;
  return { value: { lat, lon, altitude }, stamp: stampAt(stamp) };
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
