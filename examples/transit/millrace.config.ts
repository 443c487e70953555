import { definePipeline, hslHfp, hslHfpVehicle, text } from 'millrace';

export default definePipeline({
  name: 'transit',
  attribution: 'High-frequency positioning of Helsinki Region Transport (HSL), recorded; EUPL-1.2.',

  models: {
    vehicle: {
      ...hslHfpVehicle,
      fields: { ...hslHfpVehicle.fields, vehicleType: text({ label: 'Vehicle type' }) },
    },
  },

  sources: { hfp: { format: hslHfp() } },

  registers: {
    vehicles: { file: 'input/vehicles.json', key: '{operator_id}/{vehicle_id}' },
  },

  steps: [
    {
      step: 'join',
      entityType: 'vehicle',
      register: 'vehicles',
      // The topic pads the vehicle's number with zeros (0018/00679), the register doesn't (0018/679).
      key: ({ entityId }) => entityId.replace(/\/0+(?=\d)/, '/'),
      set: { vehicleType: 'type' },
    },
  ],

  // The recordings are from 2024; published with --shift-to-now they are of today.
  retention: { history: '7d' },
  map: { center: [24.94, 60.25], zoom: 10 },
});
