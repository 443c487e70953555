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

/** Formats that know samples like these: at least one reading, and no dead letter. */
export function readyFormatsFor(samples: readonly Sample[]): readonly string[] {
  return readyFormats
    .filter(([, format, byTopic]) => knows(format, byTopic, samples))
    .map(([written]) => written);
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
