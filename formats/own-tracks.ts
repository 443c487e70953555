/**
 * OwnTracks (https://owntracks.org/booklet/tech/json/): locations of phones, by MQTT at `owntracks/<user>/<device>`
 * or by HTTP, where the payload has the topic itself.
 */
import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
import type { DeadLetterOutcome } from '../core/outcome.ts';
import type { Position } from '../core/reading.ts';
import { epochMicros } from '../core/time.ts';
import {
  type DeviceFields,
  describeFields,
  deviceFields,
  isObject,
  noValues,
  type OwnFields,
} from './device/device-fields.ts';
import { noneKnown } from './device/none-known.ts';
import { parseJson } from './json/json-text.ts';
import { deadLetter, describeJson, type Part } from './json/part.ts';
import type { Values } from './json/read-fields.ts';
import { ownTracksTracker, trackerCodes, trackerPaths } from './own-tracks/tracker-model.ts';

export { ownTracksTracker } from './own-tracks/tracker-model.ts';

export interface OwnTracksOptions {
  /** `tracker` when absent. */
  readonly entityType?: string;
  /** `owntracks/+/+` when absent; what arrives below it (`/event`, `/waypoint`) is no location. */
  readonly topics?: readonly string[];
  /** Beyond those of `ownTracksTracker`: field -> path in the location, as in the JSON mapping. */
  readonly fields?: OwnFields;
}

type Location = Readonly<Record<string, unknown>>;

/** A location is one reading, of `<user>/<device>` at the time of the fix; all else is set aside. */
export function ownTracks(options: OwnTracksOptions = {}): Format {
  const fields = deviceFields({
    entityType: options.entityType ?? 'tracker',
    model: ownTracksTracker,
    paths: trackerPaths,
    own: options.fields,
  });
  return {
    name: 'own-tracks',
    contentType: 'application/json',
    topics: options.topics ?? ['owntracks/+/+'],
    ...describeFields([fields]),
    decode: (input) => [decode(input, fields)],
  };
}

const aside: FormatOutcome = { kind: 'drop', reason: 'not-a-reading' };

function decode({ topic, payload }: FormatInput, fields: DeviceFields): FormatOutcome {
  const parsed = parseJson(payload, { withNumberTexts: fields.needsNumberTexts });
  if (parsed.kind === 'deadLetter') return parsed;
  const { root, numberTexts } = parsed;
  if (!isObject(root)) return noneKnown(root, '$');
  const { _type: type } = root;
  if (type === 'encrypted')
    return deadLetter(
      'type-mismatch',
      'Expected a location; came one that the phone has encrypted. Take the key out of its settings: TLS keeps it secret on the way.',
      '$._type',
    );
  if (typeof type !== 'string')
    return deadLetter(
      'path-missing',
      `Expected a text at _type; came ${type === undefined ? 'nothing' : describeJson({ value: type })}.`,
      '$._type',
    );
  if (type !== 'location') return aside;
  const whose = ownerOf(topic, root);
  if ('kind' in whose) return whose;
  const part: Part = { value: root, root, numberTexts, topicTexts: [], place: '$' };
  return locationOutcome(part, root, { fields, ...whose });
}

interface Owner {
  readonly entityId: string;
  readonly user: string;
}

function ownerOf(topic: string, { topic: own }: Location): Owner | DeadLetterOutcome {
  const pattern = /(?:^|\/)owntracks\/([^/]+)\/([^/]+)/;
  const match = pattern.exec(topic) ?? (typeof own === 'string' ? pattern.exec(own) : null);
  // Where the topics were chosen otherwise, their last two levels are user and device all the same.
  const [user, device] = match === null ? topic.split('/').slice(-2) : match.slice(1);
  if (user !== undefined && user !== '' && device !== undefined && device !== '')
    return { entityId: `${user}/${device}`, user };
  return deadLetter(
    'entity-invalid',
    `Expected a topic as owntracks/<user>/<device>, or one in the payload; came ${topic}.`,
  );
}

function locationOutcome(
  part: Part,
  location: Location,
  { fields, entityId, user }: Owner & { readonly fields: DeviceFields },
): FormatOutcome {
  const observedAt = timeOf(location);
  if (typeof observedAt === 'object') return observedAt;
  const position = positionOf(location);
  if ('kind' in position) return position;
  const values = noValues();
  const found = fields.read(part, values);
  if (typeof found === 'object') return found;
  const { texts } = values;
  for (const [field, [name, meanings]] of Object.entries(trackerCodes)) {
    const code = location[name];
    if (fields.isOwn(field) || (typeof code !== 'string' && typeof code !== 'number')) continue;
    texts[field] = (meanings as Readonly<Record<string, string>>)[code] ?? String(code);
  }
  if (!fields.isOwn('regions')) {
    const regions = Array.isArray(location.inregions) ? location.inregions : [];
    const names = regions.filter((region) => typeof region === 'string');
    // In none, a phone leaves the list out: the last one must not stay its latest.
    if (names.length === 0) values.unset.push('regions');
    else texts.regions = names.join(', ');
  }
  clearUnknown(values, fields);
  const { entityType } = fields;
  return {
    kind: 'ok',
    observation: { entityType, entityId, observedAt, ...values, tags: { user }, position },
  };
}

function clearUnknown({ numbers, unset }: Values, fields: DeviceFields): void {
  // Unknown is -1, on iOS, or left out, as 0 is: the last one must not stay its latest.
  for (const field of ['speed', 'course']) {
    if (fields.isOwn(field) || (numbers[field] ?? -1) >= 0) continue;
    delete numbers[field];
    unset.push(field);
  }
  // Of an altitude that the phone doesn't know.
  const field = 'verticalAccuracy';
  if ((numbers[field] ?? 1) <= 0 && !fields.isOwn(field)) delete numbers[field];
}

function timeOf({ tst }: Location): number | DeadLetterOutcome {
  const micros = typeof tst === 'number' ? epochMicros(tst, 's') : undefined;
  if (micros !== undefined) return micros;
  const isMissing = tst === undefined || tst === null;
  return deadLetter(
    isMissing ? 'time-missing' : 'time-invalid',
    `Expected seconds since 1970 at tst; came ${tst === undefined ? 'nothing' : describeJson({ value: tst })}.`,
    '$.tst',
  );
}

function positionOf({ lat, lon, alt, vac }: Location): Position | DeadLetterOutcome {
  // Some Android phones always send 0: that is an altitude only where they say how accurate it is.
  const isKnown = isNumber(alt) && (alt !== 0 || (isNumber(vac) && vac > 0));
  if (isNumber(lat) && isNumber(lon)) return { lat, lon, altitude: isKnown ? alt : null };
  const isMissing = lat === undefined || lon === undefined;
  return deadLetter(
    isMissing ? 'path-missing' : 'type-mismatch',
    `Expected degrees at lat and lon; came ${[lat, lon].map((value) => (value === undefined ? 'nothing' : describeJson({ value }))).join(' and ')}.`,
    '$.lat',
  );
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}
