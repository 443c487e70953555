import type { Model, RegisterEntry } from '../../core/model.ts';
import type { Reading } from '../../core/reading.ts';
import { makeReading } from '../support/make-reading.ts';

const noField = { unit: null, displayUnit: null, min: null, max: null };

/** Buses turn with their heading; the speed is stored in m/s and shown in km/h. */
export const busModel: Model = {
  entityType: 'bus',
  label: 'Bus',
  simulated: true,
  geometryRegister: null,
  colorField: 'speed',
  headingField: 'heading',
  usualIntervalMs: 1000,
  fields: [
    { ...noField, name: 'speed', kind: 'number', label: 'Speed', unit: 'm/s', displayUnit: 'km/h' },
    { ...noField, name: 'heading', kind: 'number', label: 'Heading', unit: 'deg' },
    { ...noField, name: 'route', kind: 'text', label: 'Route' },
  ],
};

export const segmentModel: Model = {
  entityType: 'segment',
  label: 'Road segment',
  simulated: false,
  geometryRegister: 'segments',
  colorField: 'flow',
  headingField: null,
  usualIntervalMs: 5000,
  fields: [
    { ...noField, name: 'flow', kind: 'number', label: 'Flow', unit: '%', displayUnit: '%' },
  ],
};

export const segmentShape: RegisterEntry = {
  register: 'segments',
  key: 's1',
  numbers: {},
  flags: {},
  texts: { street: 'Ringvejen' },
  position: null,
  geometry: JSON.stringify({
    type: 'LineString',
    coordinates: [
      [10.18, 56.14],
      [10.23, 56.17],
    ],
  }),
};

let count = 0;

/** A reading of a bus, `agoMs` before now. */
export function busReading(id: string, agoMs: number, over: Partial<Reading> = {}): Reading {
  const observedAt = (Date.now() - agoMs) * 1000;
  return makeReading({
    eventId: `bus-${count++}`,
    entityId: id,
    observedAt,
    receivedAt: observedAt + 20_000,
    numbers: { speed: 10, heading: 90 },
    texts: { route: '4A' },
    position: { lat: 56.15, lon: 10.2, altitude: null },
    ...over,
  });
}

export function segmentReading(flow: number): Reading {
  const observedAt = Date.now() * 1000;
  return makeReading({
    eventId: `segment-${count++}`,
    source: 'traffic',
    entityType: 'segment',
    entityId: 's1',
    observedAt,
    receivedAt: observedAt,
    numbers: { flow },
  });
}
