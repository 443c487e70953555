import type { Fault } from '../../core/config/fault.ts';
import type { Format } from '../../core/format.ts';
import type { OwnFields } from '../device/device-fields.ts';
import type { LoraWanCodec } from './codec.ts';
import { loraWanDevice } from './device-model.ts';
import { type PositionPaths, payloadFields } from './payload-fields.ts';
import type { UplinkReader } from './uplink.ts';

export interface LoraWanOptions {
  /** `lorawan-device` when absent. */
  readonly entityType?: string;
  readonly topics?: readonly string[];
  /**
   * Field -> path in the decoded payload, as in the JSON mapping; `$` is the decoded payload and, where that hasn't
   * the path, the whole message. Absent: all plain values of the decoded payload, by their own names.
   */
  readonly fields?: OwnFields;
  /** Where the decoded payload has the device's place. */
  readonly position?: PositionPaths;
  /** Bytes -> fields, instead of what the network server has decoded. */
  readonly codec?: LoraWanCodec;
  /** True: a device whose place nobody knows is shown where the gateway is that heard it best. */
  readonly gatewayPosition?: boolean;
}

/** What both network servers' formats have in common. */
export function loraWanFormat(options: LoraWanOptions): {
  readonly reader: UplinkReader;
  readonly described: Pick<Format, 'emits' | 'kinds' | 'units'> & {
    readonly faults: readonly Fault[];
  };
} {
  const { entityType = 'lorawan-device', codec, gatewayPosition = false } = options;
  const payload = payloadFields(options);
  const ready = Object.entries(loraWanDevice.fields);
  const kinds = Object.fromEntries(ready.map(([name, { kind }]) => [name, kind]));
  const units = Object.fromEntries(
    ready.flatMap(([name, field]) => ('unit' in field ? [[name, field.unit]] : [])),
  );
  // A field of the user's may be of another kind than the one whose place it takes.
  for (const name of payload.emits) {
    delete kinds[name];
    delete units[name];
  }
  return {
    reader: { entityType, codec, payload, usesGatewayPosition: gatewayPosition },
    described: {
      emits: { [entityType]: [...new Set([...Object.keys(kinds), ...payload.emits])] },
      kinds: { [entityType]: { ...kinds, ...payload.kinds } },
      units: { [entityType]: { ...units, ...payload.units } },
      faults: payload.faults,
    },
  };
}
