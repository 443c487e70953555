import { json } from '../../../formats/json.ts';

export const format = json({
  topic: 'application/{application}/device/{device}/event/{event}',
  entity: { type: 'lorawan-device', id: '{device}' },
  time: { path: '$.time', unit: 'rfc3339' },
  id: '$.deduplicationId',
  fields: {
    frames: '$.fCnt',
    rssi: '$.rxInfo[0].rssi',
    devAddr: { path: '$.devAddr', kind: 'text' },
    payload: { path: '$.data', kind: 'text' },
  },
  tags: { event: '{event}', profile: '{$.deviceInfo.deviceProfileName}' },
  position: {
    lat: '$.rxInfo[0].location.latitude',
    lon: '$.rxInfo[0].location.longitude',
    altitude: '$.rxInfo[0].location.altitude',
  },
});
