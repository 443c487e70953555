import type { LatestState, Slot, Stamp } from '../latest-state.ts';

type StampJson = [observedAt: number, seq: number, eventId: string];

type SlotJson = [name: string, kind: Slot['kind'], value: Slot['value'], stamp: number];

/** As it stands in `entities.state`; numbers at the end of each are indexes into `stamps`, the first is the head's. */
interface StateJson {
  s: string;
  r: number;
  stamps: StampJson[];
  fields: SlotJson[];
  /** First values; absent where nobody asked for them. */
  firsts?: SlotJson[];
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
  const slots = (of: LatestState['fields']): SlotJson[] =>
    Array.from(of, ([name, { kind, value, stamp }]) => [name, kind, value, indexOf(stamp)]);
  const fields = slots(state.fields);
  const firsts = slots(state.firsts);
  const { position, zones } = state;
  const place = position?.value;
  const json: StateJson = {
    s: state.source,
    r: state.receivedAt,
    stamps,
    fields,
    ...(firsts.length > 0 && { firsts }),
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
  const slots = (of: readonly SlotJson[]) =>
    new Map(of.map(([name, kind, value, stamp]) => [name, { kind, value, stamp: stampAt(stamp) }]));
  return {
    source: json.s,
    receivedAt: json.r,
    head: stampAt(0),
    fields: slots(json.fields),
    firsts: slots(json.firsts ?? []),
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
