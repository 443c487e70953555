/** What the crash test starts and kills: broker, ingress and log in one process. Prints `ready` when it takes packets. */
import { Registry } from 'prom-client';
import { createEvents } from '../../core/events.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { startMqttIngress } from '../../services/mqtt-ingress/main.ts';
import { numberedPipeline, quietSettings } from '../support/ingress-rig.ts';

const [folder = '', port = '0'] = process.argv.slice(2);
const metrics = new Registry();
const events = createEvents({ level: 'error', metrics });
const mqttListen = { host: '127.0.0.1', port: Number(port) };
const settings = { ...quietSettings, dataDir: folder, mqttListen };
const log = await openSqliteLog({ folder, events });
await log.createTopics(pipelineTopics(numberedPipeline, settings));
const now = () => Date.now() * 1000;
await startMqttIngress({ pipeline: numberedPipeline, settings, log, events, metrics, now });
console.log('ready');
