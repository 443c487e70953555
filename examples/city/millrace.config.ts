import { definePipeline, json, number, tag, text } from 'millrace';

export default definePipeline({
  name: 'city',
  attribution:
    'Contains real-time traffic data of the City of Aarhus (Open Data DK, realtids-trafikdata), CC BY 4.0, historical copy by the CityPulse project; one day selected. Played in 24 minutes. The fleet is simulated.',

  models: {
    segment: {
      label: 'Road segment',
      geometry: 'segments',
      colorBy: 'flow',
      usualInterval: '5s',
      fields: {
        speed: number({ label: 'Speed', unit: 'km/h', min: 0, max: 300 }),
        vehicleCount: number({ label: 'Vehicles in 5 minutes', min: 0 }),
        travelTime: number({ label: 'Travel time', unit: 's', min: 0 }),
        freeFlow: number({ label: 'Free flow', unit: 'km/h', min: 0 }),
        flow: number({ label: 'Speed against free flow', unit: '%', min: 0 }),
        street: text({ label: 'Street' }),
        roadType: tag({ label: 'Road type' }),
      },
    },
    vehicle: {
      label: 'Vehicle',
      simulated: true,
      heading: 'heading',
      colorBy: 'speed',
      usualInterval: '1s',
      fields: {
        speed: number({ label: 'Speed', unit: 'km/h', min: 0, max: 300 }),
        heading: number({ label: 'Heading', unit: 'deg', min: 0, max: 360 }),
        road: text({ label: 'On segment' }),
      },
    },
    device: {
      label: 'Device',
      fields: {
        temperature: number({ label: 'Temperature', unit: 'Cel', min: -60, max: 80 }),
        humidity: number({ label: 'Humidity', unit: '%', min: 0, max: 100 }),
      },
    },
  },

  sources: {
    traffic: {
      format: json({
        topic: 'city/segments/{segment}/state',
        entity: { type: 'segment', id: '{segment}' },
        time: { path: '$.ts', unit: 'ms' },
        fields: {
          speed: { path: '$.speed', unit: 'km/h' },
          vehicleCount: { path: '$.vehicleCount' },
          travelTime: { path: '$.travelTime', unit: 's' },
        },
      }),
    },
    fleet: {
      format: json({
        topic: 'city/fleet/{vehicle}/state',
        entity: { type: 'vehicle', id: '{vehicle}' },
        time: { path: '$.ts', unit: 'ms' },
        position: { lat: '$.lat', lon: '$.lon' },
        fields: {
          speed: { path: '$.speed', unit: 'km/h' },
          heading: { path: '$.heading', unit: 'deg' },
          road: { path: '$.road' },
        },
      }),
    },
    // Yours: a payload without a time is given the time at which it came.
    devices: {
      format: json({
        topic: 'devices/{device}/state',
        entity: { type: 'device', id: '{device}' },
        position: { lat: '$.lat', lon: '$.lon' },
        fields: {
          temperature: { path: '$.temperature', unit: 'Cel' },
          humidity: { path: '$.humidity', unit: '%' },
        },
      }),
      example: {
        topic: 'devices/hello/state',
        payload: '{"temperature": 21.5, "lat": 56.157, "lon": 10.21}',
      },
    },
  },

  registers: {
    segments: {
      file: 'input/segments.json',
      key: '{id}',
      entry: (row) => {
        const line = row.line as [from: [lon: number, lat: number], to: [lon: number, lat: number]];
        const [[fromLon, fromLat], [toLon, toLat]] = line;
        const middle = (a: number, b: number) => Number(((a + b) / 2).toFixed(6));
        return {
          geometry: JSON.stringify({ type: 'LineString', coordinates: line }),
          position: { lat: middle(fromLat, toLat), lon: middle(fromLon, toLon), altitude: null },
        };
      },
    },
  },

  steps: [
    {
      step: 'join',
      entityType: 'segment',
      register: 'segments',
      set: { freeFlow: 'freeFlowKmh', street: 'street', roadType: 'roadType' },
      position: true,
    },
    {
      step: 'compute',
      name: 'flow',
      entityType: 'segment',
      set: {
        flow: ({ numbers: { speed, freeFlow } }) =>
          speed === undefined || !freeFlow ? undefined : Math.round((100 * speed) / freeFlow),
      },
    },
  ],

  map: { center: [10.19, 56.17], zoom: 11 },

  demo: [async (context) => (await import('./demo.ts')).playTheDay(context)],
});
