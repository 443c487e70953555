import { flag, number, tag, text } from '../../core/config/pipeline.ts';

/** What a vehicle of HFP v2 tells of itself: `models: { vehicle: hslHfpVehicle }`. */
export const hslHfpVehicle = {
  label: 'Vehicle',
  usualInterval: '1s',
  colorBy: 'speed',
  heading: 'heading',
  fields: {
    speed: number({ label: 'Speed', unit: 'm/s', display: 'km/h', min: 0, max: 100 }),
    heading: number({ label: 'Heading', unit: 'deg', min: 0, max: 360 }),
    acceleration: number({ label: 'Acceleration', unit: 'm/s2' }),
    delay: number({ label: 'Late by', unit: 's', display: 'min' }),
    odometer: number({ label: 'Odometer', unit: 'm', display: 'km' }),
    occupancy: number({ label: 'Occupancy', unit: '%', min: 0, max: 100 }),
    doorsOpen: flag({ label: 'Doors open' }),
    event: text({ label: 'Event' }),
    line: text({ label: 'Line' }),
    route: text({ label: 'Route' }),
    direction: text({ label: 'Direction' }),
    headsign: text({ label: 'Headsign' }),
    stop: text({ label: 'Stop' }),
    operatingDay: text({ label: 'Operating day' }),
    journeyStart: text({ label: 'Start of journey' }),
    scheduledArrival: text({ label: 'Scheduled arrival' }),
    scheduledDeparture: text({ label: 'Scheduled departure' }),
    locatedBy: text({ label: 'Located by' }),
    junction: text({ label: 'Junction' }),
    signalGroup: text({ label: 'Signal group' }),
    lightRequest: text({ label: 'Traffic light request' }),
    lightDecision: text({ label: 'Traffic light decision' }),
    mode: tag({ label: 'Mode' }),
    journeyType: tag({ label: 'Journey type' }),
    operator: tag({ label: 'Operator' }),
  },
} as const;

export type HslHfpField = keyof typeof hslHfpVehicle.fields;
