/** What the ingress bench measures: broker, decoding and log in one process, until its input ends. */
import { Registry } from 'prom-client';
import { createEvents } from '../../core/events.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { json } from '../../formats/json.ts';
import { startMqttIngress } from '../../services/mqtt-ingress/main.ts';
import { numberedPipeline, quietSettings } from '../support/ingress-rig.ts';

const format = json({
  topic: 'city/{district}/{sensor}/state',
  entity: { type: 'air-station', id: '{sensor}' },
  time: { path: '$.ts', unit: 'ms' },
  fields: {
    pm25: { path: '$.pm25', unit: 'ug/m3' },
    pm10: { path: '$.pm10', unit: 'ug/m3' },
    no2: { path: '$.no2', unit: 'ug/m3' },
    temp: { path: '$.temp', unit: 'Cel' },
    hum: { path: '$.hum', unit: '%' },
  },
  tags: { district: '{district}' },
});

const [folder = '', port = '0'] = process.argv.slice(2);
const metrics = new Registry();
const events = createEvents({ level: 'error', metrics });
const pipeline = { ...numberedPipeline, sources: { air: { format } } };
const mqttListen = { host: '127.0.0.1', port: Number(port) };
const settings = { ...quietSettings, partitions: 6, dataDir: folder, mqttListen };
const log = await openSqliteLog({ folder, events });
await log.createTopics(pipelineTopics(pipeline, settings));
const now = () => Math.floor((performance.timeOrigin + performance.now()) * 1000);
const ingress = await startMqttIngress({ pipeline, settings, log, events, metrics, now });
process.stdin.resume().once('end', async () => {
  await ingress.stop();
  await log.close();
});
console.log('ready');
