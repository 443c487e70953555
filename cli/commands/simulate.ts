import { parseSpanMs, spanExpected } from '../../core/config/span.ts';
import { abortOnSignals } from '../abort-on-signals.ts';
import { defineCommand } from '../define-command.ts';
import { publishOptions, publishTarget } from '../publish-options.ts';
import { connectPublisher } from '../replay/connect-publisher.ts';
import { driveFleet } from '../simulate/drive-fleet.ts';
import { createFleet } from '../simulate/fleet.ts';
import { gridRoads, type LonLat, readRoads, roadNetwork } from '../simulate/road-network.ts';
import { UsageError } from '../usage-error.ts';

export const simulate = defineCommand({
  description: `Publishes a made-up fleet that drives along roads, over MQTT with QoS 1, until Ctrl-C. The same seed drives the
same way. Every payload says "simulated": true; declare the model of its entities with simulated: true as well.`,
  options: {
    count: { type: 'string', value: 'N', help: 'vehicles; 60 when absent' },
    seed: { type: 'string', value: 'N', help: 'a whole number; 1 when absent' },
    roads: {
      type: 'string',
      value: 'FILE',
      help: 'JSON array of {id, line: [[lon, lat], ...], lengthMetres?, freeFlowKmh?}',
    },
    center: {
      type: 'string',
      value: 'LON,LAT',
      help: 'without --roads: the middle of a made-up town; 10.2039,56.1567 when absent',
    },
    topic: { type: 'string', value: 'TEMPLATE', help: 'simulated/{id}/state when absent' },
    interval: {
      type: 'string',
      value: 'SPAN',
      help: 'how often a vehicle reports; 1s when absent',
    },
    for: { type: 'string', value: 'SPAN', help: 'ends after this' },
    ...publishOptions,
  },
  examples: ['millrace simulate --count 500 --center 24.94,60.17 --for 1m'],
  async run({ values, operands }) {
    if (operands.length > 0) throw new UsageError(`simulate takes no operand: "${operands[0]}".`);
    const count = whole('--count', values.count ?? '60', 1);
    const seed = whole('--seed', values.seed ?? '1', 0);
    const intervalMs = span('--interval', values.interval ?? '1s');
    const forMs = values.for === undefined ? undefined : span('--for', values.for);
    const roads =
      values.roads === undefined
        ? gridRoads(lonLat(values.center ?? '10.2039,56.1567'))
        : await readRoads(values.roads);
    const target = publishTarget(values);
    const asked = abortOnSignals();
    const publisher = await connectPublisher(target);
    const signal =
      forMs === undefined ? asked : AbortSignal.any([asked, AbortSignal.timeout(forMs)]);
    console.error(`${count} vehicles on ${roads.length} roads. Ctrl-C ends it.`);
    await driveFleet({
      fleet: createFleet({ network: roadNetwork(roads), count, seed }),
      publisher,
      topic: values.topic ?? 'simulated/{id}/state',
      intervalMs,
      signal,
    });
    await publisher.drain(2000);
    const { sent, acknowledged } = publisher;
    await publisher.close();
    console.log(`${sent} packets sent, ${acknowledged} acknowledged.`);
    return acknowledged === sent ? 0 : 1;
  },
});

function whole(option: string, text: string, smallest: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= smallest) return value;
  throw new UsageError(`${option} should be a whole number from ${smallest} up, and is "${text}".`);
}

function span(option: string, text: string): number {
  const spanMs = parseSpanMs(text);
  if (spanMs !== undefined) return spanMs;
  throw new UsageError(`${option} should be ${spanExpected}, and is "${text}".`);
}

function lonLat(text: string): LonLat {
  const [lon, lat, ...rest] = text.split(',').map(Number);
  if (lon !== undefined && lat !== undefined && rest.length === 0 && Number.isFinite(lon + lat))
    return [lon, lat];
  throw new UsageError(`--center should be LON,LAT in degrees, and is "${text}".`);
}
