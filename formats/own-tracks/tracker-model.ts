import { number, tag, text } from '../../core/config/pipeline.ts';

/** What a phone that runs OwnTracks tells: `models: { tracker: ownTracksTracker }`. */
export const ownTracksTracker = {
  label: 'Tracker',
  heading: 'course',
  fields: {
    accuracy: number({ label: 'Accuracy', unit: 'm', min: 0 }),
    verticalAccuracy: number({ label: 'Accuracy of altitude', unit: 'm' }),
    speed: number({ label: 'Speed', unit: 'km/h', min: 0 }),
    course: number({ label: 'Course', unit: 'deg', min: 0, max: 360 }),
    pressure: number({ label: 'Air pressure', unit: 'kPa', display: 'hPa', min: 0 }),
    battery: number({ label: 'Battery', unit: '%', min: 0, max: 100 }),
    batteryStatus: text({ label: 'Battery status' }),
    connection: text({ label: 'Connection' }),
    trigger: text({ label: 'Sent because of' }),
    regions: text({ label: 'Regions it is in' }),
    initials: text({ label: 'Initials' }),
    user: tag({ label: 'User' }),
  },
} as const;

/** Where those fields stand in a location (https://owntracks.org/booklet/tech/json/#_typelocation). */
export const trackerPaths = {
  accuracy: '$.acc',
  verticalAccuracy: '$.vac',
  speed: '$.vel',
  course: '$.cog',
  pressure: '$.p',
  battery: '$.batt',
  initials: '$.tid',
} as const satisfies Partial<Record<keyof typeof ownTracksTracker.fields, string>>;

/** Field -> name in the payload, and what its codes stand for. Other codes are kept as they are. */
export const trackerCodes = {
  batteryStatus: ['bs', { '0': 'unknown', '1': 'unplugged', '2': 'charging', '3': 'full' }],
  connection: ['conn', { w: 'wifi', m: 'mobile', o: 'offline' }],
  trigger: [
    't',
    {
      p: 'ping',
      c: 'region',
      C: 'followed region',
      b: 'beacon',
      r: 'asked for',
      u: 'by hand',
      t: 'timer',
      v: 'frequent locations',
    },
  ],
} as const;
