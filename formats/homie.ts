/**
 * The Homie convention, version 4 (https://homieiot.github.io/specification/spec-core-v4_0_0/), and 3.
 *
 * Topics: `<base>/<device>/<node>/<property>` with the value, and attributes that begin with `$`, retained like the
 * values: they come in any order, so what they say is remembered, and a value waits for it.
 */
import { flag } from '../core/config/pipeline.ts';
import type { Format } from '../core/format.ts';
import { type HomieOptions, homieFaults } from './homie/declaration.ts';
import { HomieDecoder } from './homie/homie-decoder.ts';
import { compileHomieMapping } from './homie/homie-mapping.ts';
import { homieTopics } from './homie/homie-topic.ts';

export type { HomieField, HomieOptions } from './homie/declaration.ts';

/** What every device tells: `models: { 'homie-device': { ...homieDevice, fields: { ...homieDevice.fields, ... } } }`. */
export const homieDevice = {
  label: 'Homie device',
  fields: { online: flag({ label: 'Online' }) },
} as const;

/** One reading a value, of the device (or, by `entity.id`, of the node) that its topic names, at its time of arrival. */
export function homie(options: HomieOptions = {}): Format {
  const faults = homieFaults(options);
  const sound = faults.length > 0 ? {} : options;
  const { baseTopic = 'homie' } = sound;
  const mapping = compileHomieMapping(sound);
  const decoder = new HomieDecoder(mapping, baseTopic);
  const { emits, kinds, units } = mapping;
  return {
    name: 'homie',
    remembers: true,
    contentType: 'text/plain; charset=utf-8',
    topics: homieTopics(baseTopic),
    emits,
    ...(kinds && { kinds }),
    ...(units && { units }),
    faults,
    decode: (input) => decoder.decode(input),
  };
}
