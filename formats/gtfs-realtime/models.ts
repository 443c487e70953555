import { flag, number, tag, text } from '../../core/config/pipeline.ts';

/** `models: { vehicle: gtfsVehicle }`. */
export const gtfsVehicle = {
  label: 'Vehicle',
  heading: 'heading',
  fields: {
    speed: number({ label: 'Speed', unit: 'm/s', display: 'km/h', min: 0 }),
    heading: number({ label: 'Heading', unit: 'deg', min: 0, max: 360 }),
    odometer: number({ label: 'Odometer', unit: 'm', display: 'km', min: 0 }),
    occupancy: number({ label: 'Occupancy', unit: '%', min: 0 }),
    stopSequence: number({ label: 'Stop, by its place on the trip', min: 0 }),
    occupancyStatus: text({ label: 'Occupancy status' }),
    congestion: text({ label: 'Congestion' }),
    stop: text({ label: 'Stop' }),
    stopStatus: text({ label: 'Where it is to the stop' }),
    trip: text({ label: 'Trip' }),
    direction: text({ label: 'Direction' }),
    startDate: text({ label: 'Date of the trip' }),
    startTime: text({ label: 'Start of the trip' }),
    vehicleLabel: text({ label: 'Label' }),
    licensePlate: text({ label: 'Licence plate' }),
    inFeed: flag({ label: 'In the feed' }),
    route: tag({ label: 'Route' }),
  },
} as const;

/** `models: { trip: gtfsTrip }`. */
export const gtfsTrip = {
  label: 'Trip',
  colorBy: 'delay',
  fields: {
    delay: number({ label: 'Late by', unit: 's', display: 'min' }),
    stopSequence: number({ label: 'Stop, by its place on the trip', min: 0 }),
    stop: text({ label: 'Stop' }),
    schedule: text({ label: 'Is to its timetable' }),
    vehicle: text({ label: 'Vehicle' }),
    direction: text({ label: 'Direction' }),
    startDate: text({ label: 'Date' }),
    startTime: text({ label: 'Start' }),
    canceled: flag({ label: 'Cancelled' }),
    inFeed: flag({ label: 'In the feed' }),
    route: tag({ label: 'Route' }),
  },
} as const;

/** `models: { 'trip-stop': gtfsTripStop }`. */
export const gtfsTripStop = {
  label: 'Stop of a trip',
  fields: {
    arrivalDelay: number({ label: 'Arrives late by', unit: 's', display: 'min' }),
    departureDelay: number({ label: 'Departs late by', unit: 's', display: 'min' }),
    stopSequence: number({ label: 'Place on the trip', min: 0 }),
    arrival: text({ label: 'Arrival' }),
    departure: text({ label: 'Departure' }),
    schedule: text({ label: 'Is to its timetable' }),
    stop: text({ label: 'Stop' }),
    trip: text({ label: 'Trip' }),
    startDate: text({ label: 'Date of the trip' }),
    skipped: flag({ label: 'Skipped' }),
    route: tag({ label: 'Route' }),
  },
} as const;

const named = (...names: string[]) => names;

/** Names of what the feed gives as numbers; one that is newer than these stands as its number. */
export const occupancyStatuses = named(
  'empty',
  'many seats',
  'few seats',
  'standing room',
  'crushed standing room',
  'full',
  'not accepting passengers',
  'no data',
  'not boardable',
);
export const congestionLevels = named('unknown', 'smooth', 'stop and go', 'congestion', 'severe');
export const stopStatuses = named('incoming at', 'stopped at', 'in transit to');
export const tripSchedules = named(
  'scheduled',
  'added',
  'unscheduled',
  'canceled',
  '4',
  'replacement',
  'duplicated',
  'deleted',
  'new',
);
export const stopSchedules = named('scheduled', 'skipped', 'no data', 'unscheduled');

export function nameOf(names: readonly string[], value: number | undefined): string | undefined {
  return value === undefined ? undefined : (names[value] ?? String(value));
}
