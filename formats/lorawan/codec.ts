import { messageOfThrown } from '../../core/message-of-thrown.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { isObject } from '../device/device-fields.ts';
import { deadLetter } from '../json/part.ts';

/** Whose uplink it is, for applications with several kinds of devices. */
export interface LoraWanDeviceIds {
  /** In lower case; undefined of a device that was personalised without one. */
  readonly devEui: string | undefined;
  /** ChirpStack's device name, The Things Stack's device id. */
  readonly name: string;
  /** Name (ChirpStack) or id (The Things Stack). */
  readonly application: string;
  /** Name of the device profile (ChirpStack), `brand/model` (The Things Stack). */
  readonly profile: string | undefined;
}

/** As LoRa Alliance's payload codec API (TS013) has it, and whose it is. */
export interface LoraWanCodecInput {
  readonly fPort: number;
  /** A copy: a codec may take from it. */
  readonly bytes: number[];
  readonly recvTime: Date;
  readonly device: LoraWanDeviceIds;
}

/** Plain values; undefined and null are absences. `time`: of a reading that the device has kept, where it isn't now. */
export type LoraWanFields = Readonly<Record<string, unknown>> & {
  readonly time?: Date | undefined;
};

/**
 * Bytes -> fields: a function of one's own, or a vendor's `decodeUplink` as it is, whose `{ data, errors }` is
 * understood. A list is a reading for each; nothing (undefined) sets the payload aside, and the radio values remain.
 */
export type LoraWanCodec = (
  input: LoraWanCodecInput,
) => LoraWanFields | LoraWanFields[] | undefined;

/** Never throws: what the codec throws is a dead letter. */
export function runCodec(
  codec: LoraWanCodec,
  input: LoraWanCodecInput,
  place: string,
): readonly Readonly<Record<string, unknown>>[] | DeadLetterOutcome {
  let given: unknown;
  try {
    given = codec(input);
  } catch (error) {
    return refused(`threw ${messageOfThrown(error)}`, place);
  }
  // Nobody would hear it reject, and that would end the process.
  if (given instanceof Promise) given.catch(() => undefined);
  if (given === undefined || given === null) return [];
  if (isObject(given) && (Array.isArray(given.errors) || isObject(given.data))) {
    const errors = Array.isArray(given.errors) ? given.errors : [];
    if (errors.length > 0) return refused(`refused it: ${errors.map(String).join('; ')}`, place);
    given = given.data;
  }
  const all: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (all.every(isPlainObject)) return all;
  return refused('gave what is no object of fields', place);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !(value instanceof Promise);
}

function refused(what: string, place: string): DeadLetterOutcome {
  return deadLetter('decoder-threw', `The codec ${what.slice(0, 500)}.`, place);
}
