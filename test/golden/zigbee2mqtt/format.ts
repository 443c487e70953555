import { zigbee2mqtt } from '../../../formats/zigbee2mqtt.ts';

export const format = zigbee2mqtt({ fields: { colour: '$.color.hue' } });
