/**
 * What the crash tests start and kill: ingress and log in one process, with a broker of its own (a port is given) or
 * subscribed to another (an address is given), there by a filter of its own where one is given. Prints `ready` when it takes packets.
 */
import { Registry } from 'prom-client';
import { createEvents } from '../../core/events.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { sparkplugB } from '../../formats/sparkplug-b.ts';
import { startMqttIngress } from '../../services/mqtt-ingress/main.ts';
import { numberedPipeline, quietSettings } from '../support/ingress-rig.ts';
import { until } from '../support/until.ts';

const [folder = '', where = '', filter] = process.argv.slice(2);
const { meters } = numberedPipeline.sources;
const sources = {
  ...(meters && { meters: { ...meters, ...(filter && { topics: [filter] }) } }),
  plant: { format: sparkplugB() },
};
const pipeline = { ...numberedPipeline, sources };
const isOutside = where.includes('://');
const metrics = new Registry();
const events = createEvents({ level: 'error', metrics });
const none = undefined;
const settings = {
  ...quietSettings,
  dataDir: folder,
  mqttListen: isOutside ? none : { host: '127.0.0.1', port: Number(where) },
  mqtt: isOutside
    ? {
        url: where,
        username: none,
        password: none,
        ca: none,
        cert: none,
        key: none,
        clientId: none,
      }
    : none,
};
const log = await openSqliteLog({ folder, events });
await log.createTopics(pipelineTopics(pipeline, settings));
const now = () => Date.now() * 1000;
const ingress = await startMqttIngress({
  pipeline,
  settings,
  log,
  events,
  metrics,
  now,
});
await until(() => ingress.health().ready);
console.log('ready');
