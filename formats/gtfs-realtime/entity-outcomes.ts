import type { FormatOutcome } from '../../core/format.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { Observation, Position } from '../../core/reading.ts';
import { epochMicros } from '../../core/time.ts';
import { present } from '../device/present.ts';
import { deadLetter } from '../json/part.ts';
import type {
  StopTimeEvent,
  StopTimeUpdate,
  TripDescriptor,
  TripUpdate,
  VehiclePosition,
} from './messages.ts';
import {
  congestionLevels,
  nameOf,
  occupancyStatuses,
  stopSchedules,
  stopStatuses,
  tripSchedules,
} from './models.ts';

/** What an entity of a feed is read with. */
export interface EntityContext {
  readonly entityType: string;
  /** Seconds since 1970, of the feed's header. */
  readonly feedTime: number | undefined;
  /** Of the entity's bytes: the same entity in the feed's next copy is the same reading. */
  readonly hash: string;
  /** For dead letters: `entity 12 (id "v7")`. */
  readonly place: string;
  /** True in a feed that sends what has changed, and says what has left it. */
  readonly isDifferential: boolean;
}

const scheduled = 0;
const unscheduled = 2;
const canceledSchedules = [3, 7];
const skipped = 1;

/** Microseconds; undefined where neither the entity nor the feed has a time. */
function timeOf(
  seconds: number | undefined,
  { feedTime, place }: EntityContext,
): number | undefined | DeadLetterOutcome {
  // Some feeds have 0 for "none".
  const given = seconds || feedTime || undefined;
  if (given === undefined) return undefined;
  return (
    epochMicros(given, 's') ??
    deadLetter('time-invalid', `Expected seconds since 1970; came ${given}.`, place)
  );
}

function idOf(
  entityId: string,
  seconds: number | undefined,
  { entityType, feedTime, hash }: EntityContext,
): string | undefined {
  const time = seconds || feedTime;
  return time ? `${entityType}/${entityId}@${time}.${hash}` : undefined;
}

const tripTexts = ({ startDate, startTime, directionId }: TripDescriptor) => ({
  startDate,
  startTime,
  direction: directionId === undefined ? undefined : String(directionId),
});

/** By the vehicle's own id, else its label, else the entity's id in the feed. */
export function vehicleIdOf({ vehicle }: VehiclePosition, feedId: string | undefined): string {
  return vehicle?.id || vehicle?.label || feedId || '';
}

export function vehicleOutcome(
  vehicle: VehiclePosition,
  entityId: string,
  context: EntityContext,
): FormatOutcome {
  const { entityType, place, isDifferential } = context;
  if (entityId === '')
    return deadLetter('entity-invalid', "Expected the vehicle's id; came none.", place);
  const observedAt = timeOf(vehicle.timestamp, context);
  if (typeof observedAt === 'object') return observedAt;
  const { trip = {}, vehicle: descriptor = {}, position: given = {} } = vehicle;
  const numbers = present({
    speed: given.speed,
    heading: given.bearing,
    odometer: given.odometer,
    occupancy: vehicle.occupancyPercentage,
    stopSequence: vehicle.currentStopSequence,
  });
  const bad = Object.keys(numbers).find((name) => !Number.isFinite(numbers[name]));
  const position = positionOf(given);
  if (bad !== undefined || position === 'not-finite')
    return deadLetter(
      'number-not-finite',
      `Expected a finite ${bad ?? 'position'}; came another.`,
      place,
    );
  const isAtStop = vehicle.stopId !== undefined || vehicle.currentStopSequence !== undefined;
  const texts = present({
    occupancyStatus: nameOf(occupancyStatuses, vehicle.occupancyStatus),
    congestion: nameOf(congestionLevels, vehicle.congestionLevel),
    stop: vehicle.stopId,
    // Left out, it is on its way to the stop.
    stopStatus: isAtStop ? nameOf(stopStatuses, vehicle.currentStatus ?? 2) : undefined,
    trip: trip.tripId,
    ...tripTexts(trip),
    vehicleLabel: descriptor.label,
    licensePlate: descriptor.licensePlate,
  });
  const observation: Observation = {
    entityType,
    entityId,
    observedAt,
    id: idOf(entityId, vehicle.timestamp, context),
    numbers,
    flags: isDifferential ? { inFeed: true } : {},
    texts,
    tags: present({ route: trip.routeId }),
    position,
    unset: [],
  };
  return { kind: 'ok', observation };
}

/** Protobuf cannot leave a required degree out: some feeds write 0, 0 for a vehicle without a fix. */
function positionOf({
  latitude,
  longitude,
}: NonNullable<VehiclePosition['position']>): Position | null | 'not-finite' {
  if (latitude === undefined || longitude === undefined) return null;
  if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) return 'not-finite';
  if (latitude === 0 && longitude === 0) return null;
  return { lat: latitude, lon: longitude, altitude: null };
}

/** The trip's id; one of a line without a timetable runs several times at once, told apart by its start. */
export function tripIdOf({ trip = {} }: TripUpdate, feedId: string | undefined): string {
  const { tripId, startTime, scheduleRelationship = scheduled } = trip;
  const id = tripId || feedId || '';
  const isRepeated = scheduleRelationship === unscheduled && startTime !== undefined;
  return id === '' || !isRepeated ? id : `${id}/${startTime}`;
}

export function tripOutcome(
  update: TripUpdate,
  entityId: string,
  context: EntityContext,
): FormatOutcome {
  const { entityType, place, isDifferential } = context;
  if (entityId === '')
    return deadLetter('entity-invalid', "Expected the trip's id; came none.", place);
  const observedAt = timeOf(update.timestamp, context);
  if (typeof observedAt === 'object') return observedAt;
  const { trip = {}, stopTimeUpdate: stops = [], vehicle } = update;
  const seconds = update.timestamp || context.feedTime;
  const next = stops.find((stop) => isAhead(stop, seconds)) ?? stops.find(hasDelay);
  const relationship = trip.scheduleRelationship ?? scheduled;
  const observation: Observation = {
    entityType,
    entityId,
    observedAt,
    id: idOf(entityId, update.timestamp, context),
    numbers: present({
      delay: update.delay ?? next?.arrival?.delay ?? next?.departure?.delay,
      stopSequence: next?.stopSequence,
    }),
    flags: {
      canceled: canceledSchedules.includes(relationship),
      ...(isDifferential ? { inFeed: true } : {}),
    },
    texts: present({
      stop: next?.stopId,
      schedule: nameOf(tripSchedules, relationship),
      vehicle: vehicle?.id ?? vehicle?.label,
      ...tripTexts(trip),
    }),
    tags: present({ route: trip.routeId }),
    position: null,
    unset: [],
  };
  return { kind: 'ok', observation };
}

const hasDelay = ({ arrival, departure }: StopTimeUpdate) =>
  arrival?.delay !== undefined || departure?.delay !== undefined;

function isAhead({ arrival, departure }: StopTimeUpdate, seconds: number | undefined): boolean {
  const leavesAt = departure?.time ?? arrival?.time;
  return leavesAt !== undefined && seconds !== undefined && leavesAt >= seconds;
}

export interface StopPlace {
  readonly update: TripUpdate;
  readonly trip: string;
  readonly index: number;
}

/** Of `<trip>/<place on the trip>`, or `<trip>/<stop>` in a feed that has no such numbers. */
export function stopOutcome(
  stop: StopTimeUpdate,
  { update, trip: tripId, index }: StopPlace,
  context: EntityContext,
): FormatOutcome {
  const { entityType, place } = context;
  const key = stop.stopSequence ?? stop.stopId;
  if (tripId === '' || key === undefined || key === '')
    return deadLetter('entity-invalid', 'Expected a trip, and a stop of it; came less.', place);
  const observedAt = timeOf(update.timestamp, context);
  if (typeof observedAt === 'object') return observedAt;
  const relationship = stop.scheduleRelationship ?? scheduled;
  const { trip = {} } = update;
  const entityId = `${tripId}/${key}`;
  // A trip may come by a stop twice.
  const readingId = stop.stopSequence === undefined ? `${entityId}#${index}` : entityId;
  const observation: Observation = {
    entityType,
    entityId,
    observedAt,
    id: idOf(readingId, update.timestamp, context),
    numbers: present({
      arrivalDelay: stop.arrival?.delay,
      departureDelay: stop.departure?.delay,
      stopSequence: stop.stopSequence,
    }),
    flags: { skipped: relationship === skipped },
    texts: present({
      arrival: rfc3339(stop.arrival),
      departure: rfc3339(stop.departure),
      schedule: nameOf(stopSchedules, relationship),
      stop: stop.stopId,
      trip: tripId,
      startDate: trip.startDate,
    }),
    tags: present({ route: trip.routeId }),
    position: null,
    unset: [],
  };
  return { kind: 'ok', observation };
}

function rfc3339(event: StopTimeEvent | undefined): string | undefined {
  const micros = event?.time ? epochMicros(event.time, 's') : undefined;
  if (micros === undefined) return undefined;
  return new Date(micros / 1000).toISOString().replace('.000Z', 'Z');
}
