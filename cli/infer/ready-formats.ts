import type { Format } from '../../core/format.ts';
import { chirpStack } from '../../formats/chirp-stack.ts';
import { gtfsRealtime } from '../../formats/gtfs-realtime.ts';
import { hslHfp } from '../../formats/hsl-hfp.ts';
import { ownTracks } from '../../formats/own-tracks.ts';
import { shellyGen2 } from '../../formats/shelly-gen2.ts';
import { tasmota } from '../../formats/tasmota.ts';
import { theThingsStack } from '../../formats/the-things-stack.ts';
import { zigbee2mqtt } from '../../formats/zigbee2mqtt.ts';
import { compileTopicFilter } from '../../services/mqtt-ingress/topic-filter.ts';
import type { Sample } from '../sample/read-samples.ts';
import { isObject } from './leaves.ts';

/** As one would write it, and the format itself; a mapping is needed for none of them. */
const readyFormats: readonly (readonly [written: string, format: Format, byTopic: boolean])[] = [
  ['theThingsStack()', theThingsStack(), false],
  ['chirpStack()', chirpStack(), false],
  ['ownTracks()', ownTracks(), false],
  ['hslHfp()', hslHfp(), true],
  ['zigbee2mqtt()', zigbee2mqtt(), true],
  ["tasmota({ zone: '...' })", tasmota({ zone: 'UTC' }), true],
  ['shellyGen2()', shellyGen2(), true],
  ['gtfsRealtime()', gtfsRealtime(), false],
];

/** Formats that want a word of the user's before they read anything: known by the shape of a payload, or by its topic. */
const shapes: readonly (readonly [
  written: string,
  fits: (value: unknown, topic: string) => boolean,
])[] = [
  ['senml({...})', isSenml],
  ['cloudEvents({...})', (value) => isObject(value) && 'specversion' in value && 'type' in value],
  ['sparkplugB()', (_, topic) => topic.startsWith('spBv1.0/')],
  ['homie()', (_, topic) => /^homie\/.*\$/.test(topic)],
];

/** Formats that know samples like these: at least one reading, and no dead letter. */
export function readyFormatsFor(samples: readonly Sample[]): readonly string[] {
  const known = readyFormats.filter(([, format, byTopic]) => knows(format, byTopic, samples));
  const looked = samples.slice(0, 100).map(({ payload, topic = '' }) => ({
    value: parsedJson(payload),
    topic,
  }));
  const shaped = shapes.filter(([, fits]) =>
    looked.every(({ value, topic }) => fits(value, topic)),
  );
  return [...known, ...shaped].map(([written]) => written);
}

/** RFC 8428, 4: records with a name, a base name, a value. */
function isSenml(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  const hasValue = (record: object) => ['v', 'vs', 'vb', 'vd', 's'].some((name) => name in record);
  return (
    value.every((record) => isObject(record) && ('n' in record || 'bn' in record)) &&
    value.some(hasValue)
  );
}

function parsedJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Where the topic says whose a payload is, a sample without a topic says nothing. */
function knows(format: Format, byTopic: boolean, samples: readonly Sample[]): boolean {
  const filters = (format.topics ?? []).map(compileTopicFilter);
  const kinds = samples.slice(0, 100).flatMap(({ topic, payload }) => {
    if (byTopic && (topic === undefined || !filters.some((matches) => matches(topic))))
      return ['deadLetter'];
    return format.decode({ topic: topic ?? 'sample', payload }).map(({ kind }) => kind);
  });
  return kinds.includes('ok') && !kinds.includes('deadLetter');
}
