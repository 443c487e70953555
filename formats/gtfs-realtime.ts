/**
 * GTFS Realtime 2.0 (https://gtfs.org/documentation/realtime/reference/), protobuf: where vehicles are, and how late
 * trips are. A feed is one payload, fetched or sent.
 */
import { crc32 } from 'node:zlib';
import { describeValue, type Fault } from '../core/config/fault.ts';
import type { Format, FormatInput, FormatMemory, FormatOutcome } from '../core/format.ts';
import { messageOfThrown } from '../core/message-of-thrown.ts';
import { epochMicros } from '../core/time.ts';
import {
  type DeviceFields,
  describeFields,
  deviceFields,
  noValues,
} from './device/device-fields.ts';
import {
  type EntityContext,
  stopOutcome,
  tripIdOf,
  tripOutcome,
  vehicleIdOf,
  vehicleOutcome,
} from './gtfs-realtime/entity-outcomes.ts';
import {
  type FeedEntity,
  type FeedHeader,
  readEntity,
  readFeed,
} from './gtfs-realtime/messages.ts';
import { gtfsTrip, gtfsTripStop, gtfsVehicle } from './gtfs-realtime/models.ts';
import { maxParts, tooManyParts } from './json/decode-parts.ts';
import { deadLetter } from './json/part.ts';

export { gtfsTrip, gtfsTripStop, gtfsVehicle } from './gtfs-realtime/models.ts';

export type GtfsRealtimePart = 'vehicles' | 'trips' | 'stops';

export interface GtfsRealtimeOptions {
  /**
   * What to take of a feed; the others are set aside, and need no model. Vehicles: where each is. Trips: how late each
   * is. Stops: the delay of each trip at each of its stops. All three when absent.
   */
  readonly take?: readonly GtfsRealtimePart[];
  /** `vehicle`, `trip` and `trip-stop` when absent. */
  readonly vehicleType?: string;
  readonly tripType?: string;
  readonly stopType?: string;
  /**
   * A feed with more readings is refused, as a dead letter. 20,000 when absent: nobody else is served while a feed is
   * decoded, some 3 microseconds a reading.
   */
  readonly maxReadings?: number;
  readonly topics?: readonly string[];
}

interface Types {
  readonly vehicles: DeviceFields | undefined;
  readonly trips: DeviceFields | undefined;
  readonly stops: DeviceFields | undefined;
}

const differential = 1;

/**
 * One outcome for each entity of a feed, and for each stop of a trip. Their time is the entity's own, else the feed's;
 * an entity that stands in the next copy of the feed with the same bytes and time is recognised as the same reading.
 */
export function gtfsRealtime(options: GtfsRealtimeOptions = {}): Format {
  const { take = ['vehicles', 'trips', 'stops'], maxReadings = maxParts } = options;
  const isCount = Number.isSafeInteger(maxReadings) && maxReadings > 0;
  const typed = (part: GtfsRealtimePart, entityType: string, model: DeviceModel) =>
    take.includes(part) ? deviceFields({ entityType, model, paths: {} }) : undefined;
  const types: Types = {
    vehicles: typed('vehicles', options.vehicleType ?? 'vehicle', gtfsVehicle),
    trips: typed('trips', options.tripType ?? 'trip', gtfsTrip),
    stops: typed('stops', options.stopType ?? 'trip-stop', gtfsTripStop),
  };
  return {
    name: 'gtfs-realtime',
    contentType: 'application/x-protobuf',
    remembers: true,
    ...(options.topics === undefined ? {} : { topics: options.topics }),
    ...describeFields(Object.values(types).filter((type) => type !== undefined)),
    faults: isCount ? [] : [notACount(maxReadings)],
    decode: (input) => decode(input, types, maxReadings),
  };
}

const notACount = (given: unknown): Fault => ({
  path: 'maxReadings',
  expected: 'a whole number above 0',
  came: describeValue(given),
});

type DeviceModel = Parameters<typeof deviceFields>[0]['model'];

const aside: FormatOutcome = { kind: 'drop', reason: 'not-a-reading' };

function decode(
  { payload, memory }: FormatInput,
  types: Types,
  maxReadings: number,
): FormatOutcome[] {
  if (payload.length === 0)
    return [deadLetter('payload-empty', 'Expected a feed of GTFS Realtime; came nothing.')];
  let feed: ReturnType<typeof readFeed>;
  try {
    feed = readFeed(payload, maxReadings);
  } catch (error) {
    return [notProtobuf(error, undefined)];
  }
  if (feed === undefined) return [tooManyReadings(maxReadings)];
  const { header, entities } = feed;
  if (header === undefined)
    return [
      deadLetter('path-missing', 'Expected a feed with a header; came one without.', 'header'),
    ];
  // A feed without vehicles, at night, is a feed.
  if (entities.length === 0) return [aside];
  const names = memory && namesOf(memory);
  const outcomes: FormatOutcome[] = [];
  for (const [index, bytes] of entities.entries()) {
    const place = `entity[${index}]`;
    const context = { header, types, memory: names, place, left: maxReadings - outcomes.length };
    const found = entityOutcomes(bytes, context);
    if (found === undefined) return [tooManyReadings(maxReadings)];
    for (const outcome of found) outcomes.push(outcome);
  }
  if (outcomes.length > maxReadings) return [tooManyReadings(maxReadings)];
  names?.keep();
  return outcomes;
}

function tooManyReadings(most: number): FormatOutcome {
  const { detail, ...letter } = tooManyParts(most);
  return {
    ...letter,
    detail: `${detail} Take less of the feed (\`take\`), or more readings of one (\`maxReadings\`).`,
  };
}

/** What a feed says of names, put when all of it was decoded: one that is refused is as if it had not come. */
function namesOf(memory: FormatMemory): FormatMemory & { keep(): void } {
  const puts = new Map<string, string | undefined>();
  return {
    get: (key) => (puts.has(key) ? puts.get(key) : memory.get(key)),
    put: (key, value) => puts.set(key, value),
    keep: () => {
      for (const [key, value] of puts) memory.put(key, value);
    },
  };
}

const notProtobuf = (error: unknown, place: string | undefined) =>
  deadLetter(
    'payload-not-protobuf',
    `Expected a feed of GTFS Realtime in protobuf; ${messageOfThrown(error)}.`,
    place,
  );

interface FeedContext {
  readonly header: FeedHeader;
  readonly types: Types;
  readonly memory: FormatMemory | undefined;
  readonly place: string;
  /** Readings that the feed may have still. */
  readonly left: number;
}

/** Undefined where it has more stops than readings are left. */
function entityOutcomes(bytes: Uint8Array, feed: FeedContext): FormatOutcome[] | undefined {
  const { header, types, memory, place } = feed;
  let entity: FeedEntity;
  try {
    entity = readEntity(bytes);
  } catch (error) {
    return [notProtobuf(error, place)];
  }
  if (entity.isDeleted === true) return [deletionOutcome(entity, feed)];
  const isDifferential = header.incrementality === differential;
  // Once, and not for each stop: a trip may have thousands.
  const hash = crc32(bytes).toString(36);
  const contextOf = (type: DeviceFields, inner = ''): EntityContext => ({
    entityType: type.entityType,
    feedTime: header.timestamp,
    hash,
    place: place + inner,
    isDifferential,
  });
  const { vehicle, tripUpdate: update } = entity;
  const stops = types.stops === undefined ? [] : (update?.stopTimeUpdate ?? []);
  if (stops.length > feed.left) return undefined;
  const outcomes: FormatOutcome[] = [];
  const names: Name[] = [];
  if (vehicle !== undefined && types.vehicles !== undefined) {
    const id = vehicleIdOf(vehicle, entity.id);
    outcomes.push(vehicleOutcome(vehicle, id, contextOf(types.vehicles, '.vehicle')));
    names.push([types.vehicles.entityType, id]);
  }
  const trip = update === undefined ? '' : tripIdOf(update, entity.id);
  if (update !== undefined && types.trips !== undefined) {
    outcomes.push(tripOutcome(update, trip, contextOf(types.trips, '.trip_update')));
    names.push([types.trips.entityType, trip]);
  }
  if (update !== undefined && types.stops !== undefined)
    for (const [index, stop] of stops.entries()) {
      const inner = `.trip_update.stop_time_update[${index}]`;
      outcomes.push(stopOutcome(stop, { update, trip, index }, contextOf(types.stops, inner)));
    }
  if (isDifferential) remember(memory, entity.id, names);
  return outcomes.length === 0 ? [aside] : outcomes;
}

type Name = readonly [entityType: string, entityId: string];

/** A deletion names nothing but the entity's id in the feed. */
function remember(memory: FormatMemory | undefined, feedId: string | undefined, names: Name[]) {
  if (memory === undefined || feedId === undefined || names.length === 0) return;
  const text = JSON.stringify(names[0]);
  if (memory.get(feedId) !== text) memory.put(feedId, text);
}

/** The vehicle or trip has left the feed. Of one that it was never seen to name, nothing can be said. */
function deletionOutcome(
  { id: feedId }: FeedEntity,
  { header, memory, place }: FeedContext,
): FormatOutcome {
  const known = feedId === undefined ? undefined : memory?.get(feedId);
  if (memory === undefined || feedId === undefined || known === undefined) return aside;
  memory.put(feedId, undefined);
  const [entityType, entityId] = JSON.parse(known) as Name;
  const observedAt = header.timestamp ? epochMicros(header.timestamp, 's') : undefined;
  if (header.timestamp && observedAt === undefined)
    return deadLetter(
      'time-invalid',
      `Expected seconds since 1970; came ${header.timestamp}.`,
      place,
    );
  return {
    kind: 'ok',
    observation: {
      entityType,
      entityId,
      observedAt,
      ...noValues(),
      flags: { inFeed: false },
      tags: {},
      position: null,
    },
  };
}
