import { emptyState, type LatestState, type Slot, type Stamp } from '../latest-state.ts';

/**
 * What `entities.stamps` holds as JSON: `s` the stamps, the head's first; then by index into them `f` the fields that
 * don't have the head's, `c` the cleared ones, `p` the position and `z` the zones (-1: never given); `o` first values,
 * where a mapped table asks for them.
 */
interface StampsJson {
  s: [observedAt: number, seq: number, eventId: string][];
  f: Record<string, number>;
  c: [name: string, stamp: number][];
  p: number;
  z: number;
  o?: [name: string, kind: Slot['kind'], value: Slot['value'], stamp: number][];
}

/** The JSON texts of a row. */
export interface StateColumns {
  readonly numbers: string;
  readonly flags: string;
  readonly texts: string;
  readonly tags: string;
  readonly fieldTimes: string;
  readonly stamps: string;
}

/** The columns of an entity that everyone reads. */
export interface EntityColumns {
  readonly source: string;
  readonly received_at: string;
  readonly numbers: Record<string, number>;
  readonly flags: Record<string, boolean>;
  readonly texts: Record<string, string>;
  readonly tags: Record<string, string>;
  readonly lat: number | null;
  readonly lon: number | null;
  readonly altitude: number | null;
  readonly zones: string[];
}

/** The columns of a row that a state is read from. */
export interface StateRow extends EntityColumns {
  readonly stamps: string;
}

type ValueKind = Exclude<Slot['kind'], 'u'>;

export function toColumns(state: LatestState): StateColumns {
  const parts: Record<ValueKind, string> = { n: '', f: '', t: '', g: '' };
  let times = '';
  const stamps = new StampIndexes(state.head);
  const others: Record<string, number> = {};
  const cleared: StampsJson['c'] = [];
  for (const [name, { kind, value, stamp }] of state.fields) {
    const start = keyOf(name);
    times += `,${start}${stamp.observedAt}`;
    const index = stamps.indexOf(stamp);
    if (kind === 'u') {
      cleared.push([name, index]);
      continue;
    }
    parts[kind] += `,${start}${kind === 't' || kind === 'g' ? JSON.stringify(value) : value}`;
    if (index > 0) setOwn(others, name, index);
  }
  const { position, zones } = state;
  // Last, so that they win over fields of the same name, as they do for readers.
  if (position) times += `,"position":${position.stamp.observedAt}`;
  if (zones) times += `,"zones":${zones.stamp.observedAt}`;
  const firsts = Array.from(
    state.firsts,
    ([name, { kind, value, stamp }]): NonNullable<StampsJson['o']>[number] => [
      name,
      kind,
      value,
      stamps.indexOf(stamp),
    ],
  );
  const json: StampsJson = {
    s: stamps.list,
    f: others,
    c: cleared,
    p: position ? stamps.indexOf(position.stamp) : -1,
    z: zones ? stamps.indexOf(zones.stamp) : -1,
    ...(firsts.length > 0 && { o: firsts }),
  };
  return {
    numbers: object(parts.n),
    flags: object(parts.f),
    texts: object(parts.t),
    tags: object(parts.g),
    fieldTimes: object(times),
    stamps: JSON.stringify(json),
  };
}

export function fromColumns(row: StateRow): LatestState {
  const json = JSON.parse(row.stamps) as StampsJson;
  const stamps = json.s.map(([observedAt, seq, eventId]) => ({ observedAt, seq, eventId }));
  const stampAt = (index: number): Stamp => {
    const stamp = stamps[index];
    if (stamp === undefined)
      throw new RangeError(`A stored state names stamp ${index} of ${stamps.length}.`);
    return stamp;
  };
  const state = emptyState();
  const take = (kind: ValueKind, values: Record<string, Slot['value']>) => {
    for (const [name, value] of Object.entries(values)) {
      const index = Object.hasOwn(json.f, name) ? (json.f[name] ?? 0) : 0;
      state.fields.set(name, { kind, value, stamp: stampAt(index) });
    }
  };
  take('n', row.numbers);
  take('f', row.flags);
  take('t', row.texts);
  take('g', row.tags);
  for (const [name, index] of json.c)
    state.fields.set(name, { kind: 'u', value: null, stamp: stampAt(index) });
  for (const [name, kind, value, index] of json.o ?? [])
    state.firsts.set(name, { kind, value, stamp: stampAt(index) });
  state.source = row.source;
  state.receivedAt = Number(row.received_at);
  state.head = stampAt(0);
  const { lat, lon, altitude } = row;
  const value = lat === null || lon === null ? null : { lat, lon, altitude };
  if (json.p >= 0) state.position = { value, stamp: stampAt(json.p) };
  if (json.z >= 0) state.zones = { value: row.zones, stamp: stampAt(json.z) };
  return state;
}

/** Each stamp once: the fields of one reading share one. */
class StampIndexes {
  readonly list: StampsJson['s'] = [];
  readonly #seen: Stamp[] = [];

  constructor(head: Stamp) {
    this.indexOf(head);
  }

  indexOf(stamp: Stamp): number {
    // Few: as many as readings that an entity's latest comes from.
    const index = this.#seen.indexOf(stamp);
    if (index >= 0) return index;
    this.#seen.push(stamp);
    return this.list.push([stamp.observedAt, stamp.seq, stamp.eventId]) - 1;
  }
}

const maxKeys = 10_000;
const keys = new Map<string, string>();

/** `"name":`; fields are few, entities many. */
function keyOf(name: string): string {
  let key = keys.get(name);
  if (key === undefined) {
    if (keys.size >= maxKeys) keys.clear();
    key = `${JSON.stringify(name)}:`;
    keys.set(name, key);
  }
  return key;
}

function object(members: string): string {
  return `{${members.slice(1)}}`;
}

/** `__proto__` too is a name. */
function setOwn(target: Record<string, number>, name: string, value: number): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true });
}
