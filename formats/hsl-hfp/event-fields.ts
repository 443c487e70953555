import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { deadLetter, describeJson } from '../json/part.ts';
import type { HslHfpField } from './vehicle-model.ts';

export interface Values {
  readonly numbers: Record<string, number>;
  readonly flags: Record<string, boolean>;
  readonly texts: Record<string, string>;
}

interface Event {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Field -> name in the payload. */
const numberNames = {
  speed: 'spd',
  heading: 'hdg',
  acceleration: 'acc',
  odometer: 'odo',
  occupancy: 'occu',
} as const satisfies Partial<Record<HslHfpField, string>>;

/** Texts, and numbers that are names: stops, junctions. */
const textNames = {
  line: 'desi',
  route: 'route',
  direction: 'dir',
  stop: 'stop',
  operatingDay: 'oday',
  journeyStart: 'start',
  scheduledArrival: 'ttarr',
  scheduledDeparture: 'ttdep',
  locatedBy: 'loc',
  junction: 'sid',
  signalGroup: 'signal-groupid',
  lightRequest: 'tlp-requesttype',
  lightDecision: 'tlp-decision',
} as const satisfies Partial<Record<HslHfpField, string>>;

/** Reads the wanted fields of an event; null and missing are absent. Returns what is wrong with the first bad one. */
export function eventFields(
  wanted: ReadonlySet<HslHfpField>,
): (event: Event, values: Values) => DeadLetterOutcome | undefined {
  const pick = (names: Readonly<Record<string, string>>) =>
    Object.entries(names)
      .filter(([field]) => wanted.has(field as HslHfpField))
      .map(([field, name]) => ({ field, name }));
  const numbers = pick(numberNames);
  const texts = pick(textNames);
  const hasEvent = wanted.has('event');
  return (event, values) => {
    const { body } = event;
    if (hasEvent) values.texts.event = event.name;
    for (const { field, name } of numbers) {
      const value = body[name];
      if (value === null || value === undefined) continue;
      if (typeof value !== 'number' || !Number.isFinite(value)) return notANumber(event, name);
      values.numbers[field] = value;
    }
    for (const { field, name } of texts) {
      const value = body[name];
      if (value === null || value === undefined) continue;
      if (typeof value === 'object') return mismatch('a text or a number', event, name);
      values.texts[field] = typeof value === 'string' ? value : String(value);
    }
    return readDelay(event, values, wanted) ?? readDoors(event, values, wanted);
  };
}

/** `dl` is how far the vehicle is ahead of its timetable; people ask how late it is. */
function readDelay(event: Event, values: Values, wanted: ReadonlySet<HslHfpField>) {
  const { dl } = event.body;
  if (dl === null || dl === undefined || !wanted.has('delay')) return undefined;
  if (typeof dl !== 'number' || !Number.isFinite(dl)) return notANumber(event, 'dl');
  // Not -dl, which would make -0 of 0.
  values.numbers.delay = 0 - dl;
  return undefined;
}

/** 1 when a door is open, 0 when all are closed. */
function readDoors(event: Event, values: Values, wanted: ReadonlySet<HslHfpField>) {
  const { drst } = event.body;
  if (drst === null || drst === undefined || !wanted.has('doorsOpen')) return undefined;
  if (drst !== 0 && drst !== 1) return mismatch('0 or 1', event, 'drst');
  values.flags.doorsOpen = drst === 1;
  return undefined;
}

function notANumber(event: Event, name: string): DeadLetterOutcome {
  if (typeof event.body[name] !== 'number') return mismatch('a number', event, name);
  return deadLetter(
    'number-not-finite',
    `Expected a finite number at ${name}; came one beyond what a double holds.`,
    `$.${event.name}.${name}`,
  );
}

function mismatch(expected: string, event: Event, name: string): DeadLetterOutcome {
  const came = describeJson({ value: event.body[name] });
  return deadLetter(
    'type-mismatch',
    `Expected ${expected} at ${name}; came ${came}.`,
    `$.${event.name}.${name}`,
  );
}
