import { json } from 'millrace';
import { demoSecret } from './demo-secret.ts';

export const shipStationPassword = demoSecret('SHIPSTATION_WEBHOOK_PASSWORD');
export const shipStationUser = 'shipstation';

/**
 * TRACK_EVENT_V2: all that the carrier has said of a parcel so far, so each event comes many times. ShipStation sends to
 * whatever address it is told: user and password are part of that.
 */
export const shipStation = {
  parcels: {
    format: json({
      name: 'ship-station',
      when: { '$.resource_type': 'TRACK_EVENT_V2' },
      each: '$.data.events[*]',
      entity: { type: 'shipment', id: '{$.data.tracking_number}' },
      time: { path: '$.occurred_at', unit: 'rfc3339' },
      fields: { lastEvent: '@.description', city: '@.city_locality' },
      tags: { carrier: '{$.data.carrier_code}', status: '{@.status_code}' },
      position: { lat: '@.latitude', lon: '@.longitude' },
    }),
    webhook: {
      verify: {
        scheme: 'basic',
        users: [{ username: shipStationUser, password: shipStationPassword }],
      },
    },
  },
} as const;
