import type { FormatOutcome } from '../../core/format.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { converter } from '../../core/units.ts';
import { type DeviceFields, isObject, noValues } from '../device/device-fields.ts';
import { maxComponents, noneKnown, tooManyComponents } from '../device/none-known.ts';
import type { Part } from '../json/part.ts';
import type { Values } from '../json/read-fields.ts';
import type { TasmotaContext } from '../tasmota.ts';
import { deviceTime } from './device-time.ts';

interface Sensor {
  /** As in the payload, with what it is nested in: `DHT22`, `ANALOG/CTEnergy`, `ENERGY/2`. */
  readonly name: string;
  readonly value: unknown;
  readonly place: string;
}

/** Of the payload as a whole, beside its sensors. */
const notSensors = new Set(['Time', 'Epoch', 'TempUnit', 'PressureUnit', 'SpeedUnit']);

/** One outcome for each sensor of a SENSOR payload, in its order; a device that has none yet is set aside. */
export function sensorOutcomes(
  device: string,
  parsed: Pick<Part, 'root' | 'numberTexts'>,
  context: TasmotaContext,
): FormatOutcome[] {
  const { root } = parsed;
  if (!isObject(root)) return [noneKnown(root, '$')];
  const observedAt = deviceTime(root, context.zone);
  if (typeof observedAt === 'object') return [observedAt];
  const sensors = sensorsIn(root);
  if (sensors.length === 0) return [{ kind: 'drop', reason: 'not-a-reading' }];
  if (sensors.length > maxComponents) return [tooManyComponents(sensors.length)];
  const convert = conversions(root);
  return sensors.map(({ name, value, place }) => {
    const part: Part = { value, root, numberTexts: parsed.numberTexts, topicTexts: [], place };
    const values = readSensor(part, context.sensor);
    if ('kind' in values) return values;
    if (isEmpty(values)) return { kind: 'drop', reason: 'not-a-reading' };
    convert(values.numbers, context.sensor);
    const { entityType } = context.sensor;
    const tags = { device, sensor: name };
    const entityId = `${device}/${name}`;
    const observation = { entityType, entityId, observedAt, ...values, tags, position: null };
    return { kind: 'ok', observation };
  });
}

function readSensor(part: Part, fields: DeviceFields): Values | DeadLetterOutcome {
  const values = noValues();
  const on = switchState(part.value);
  if (on !== undefined) {
    values.flags.on = on;
    return values;
  }
  const found = fields.read(part, values);
  if (typeof found === 'object') return found;
  return found === 'nothing' ? noneKnown(part.value, part.place) : values;
}

const isEmpty = ({ numbers, flags, texts, unset }: Values) =>
  [numbers, flags, texts, unset].every((those) => Object.keys(those).length === 0);

/** `ON` or `OFF`, as relays and switches have it by default. */
export function switchState(value: unknown): boolean | undefined {
  return value === 'ON' ? true : value === 'OFF' ? false : undefined;
}

function sensorsIn(root: Readonly<Record<string, unknown>>): Sensor[] {
  return Object.entries(root).flatMap(([name, value]): Sensor[] => {
    const place = `$['${name}']`;
    if (notSensors.has(name)) return [];
    if (!isObject(value)) return switchState(value) === undefined ? [] : [{ name, value, place }];
    const { plain, nested } = parted(value);
    return [
      ...(Object.keys(plain).length === 0 ? [] : channelsOf({ name, value: plain, place })),
      ...nested.map(([inner, within]) => ({
        name: `${name}/${inner}`,
        value: within,
        place: `${place}['${inner}']`,
      })),
    ];
  });
}

/** A sensor may hold others: `"ANALOG":{"CTEnergy":{...}}`. */
function parted(value: Readonly<Record<string, unknown>>) {
  const all = Object.entries(value);
  return {
    plain: Object.fromEntries(all.filter(([, inner]) => !isObject(inner))),
    nested: all.filter(([, inner]) => isObject(inner)),
  };
}

const maxChannels = 16;

/** Several phases or channels come as arrays, `"Power":[12,0,7]`: each is a sensor, and what stands once another. */
function channelsOf({ name, value, place }: Sensor & { value: Record<string, unknown> }): Sensor[] {
  const all = Object.entries(value);
  const arrays = all.filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  if (arrays.length === 0) return [{ name, value, place }];
  const count = Math.min(maxChannels, Math.max(...arrays.map(([, channels]) => channels.length)));
  const once = Object.fromEntries(all.filter(([, inner]) => !Array.isArray(inner)));
  const channels = Array.from({ length: count }, (_, index) => ({
    name: `${name}/${index + 1}`,
    value: Object.fromEntries(
      arrays.filter(([, those]) => index < those.length).map(([key, those]) => [key, those[index]]),
    ),
    place,
  }));
  // Energy's `Total` stands once for all, beside `TotalStartTime`, which is no number.
  const hasMore = Object.values(once).some((inner) => typeof inner === 'number');
  return hasMore ? [{ name, value: once, place }, ...channels] : channels;
}

const temperatures = ['temperature', 'dewPoint'];
const pressures = ['pressure', 'seaPressure'];
/** What a device may be set to, as its payloads name it; else it is Celsius and hectopascal. */
const units: Readonly<
  Record<string, readonly [fields: readonly string[], from: string, to: string]>
> = {
  F: [temperatures, '[degF]', 'Cel'],
  K: [temperatures, 'K', 'Cel'],
  mmHg: [pressures, 'mm[Hg]', 'hPa'],
  inHg: [pressures, "[in_i'Hg]", 'hPa'],
};

function conversions({ TempUnit, PressureUnit }: Readonly<Record<string, unknown>>) {
  const wanted = [TempUnit, PressureUnit].flatMap((unit) =>
    typeof unit === 'string' && Object.hasOwn(units, unit) ? [units[unit]] : [],
  );
  return (numbers: Record<string, number>, { isOwn }: DeviceFields) => {
    for (const unit of wanted) {
      if (unit === undefined) continue;
      const [fields, from, to] = unit;
      for (const field of fields) {
        const value = numbers[field];
        if (value !== undefined && !isOwn(field))
          numbers[field] = rounded(converter(from, to)(value));
      }
    }
  };
}

/** What a conversion leaves at the sixteenth digit no sensor has measured. */
const rounded = (value: number) => Number(value.toPrecision(12));
