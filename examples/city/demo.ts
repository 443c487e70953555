import { fileURLToPath } from 'node:url';
import {
  connectPublisher,
  createFleet,
  type DemoContext,
  driveFleet,
  openRecording,
  playRecording,
  readReplayMapping,
  readRoads,
  roadNetwork,
} from 'millrace';

const input = (name: string) => fileURLToPath(new URL(`input/${name}`, import.meta.url));

/** Recorded time by wall time: a day passes in 24 minutes. */
const speed = 60;
const midnightMs = Date.parse('2014-08-19T00:00:00Z');
/** 8 in the morning in Aarhus; later rounds begin at midnight, as the recording does. */
const beginMs = Date.parse('2014-08-19T06:00:00Z');
const vehicles = 60;

/** The recorded Tuesday over and over, and a fleet that drives at the speeds that are playing. */
export async function playTheDay({ broker, signal, events }: DemoContext): Promise<void> {
  const publisher = await connectPublisher(broker);
  const recording = openRecording(
    input('2014-08-19.csv.gz'),
    await readReplayMapping(input('replay.json')),
  );
  const speeds = new Map<string, number>();
  const drive = async () =>
    driveFleet({
      fleet: createFleet({
        network: roadNetwork(await readRoads(input('segments.json'))),
        count: vehicles,
        seed: 20140819,
        // A segment on which nobody was measured has no speed of its own: free flow.
        speedKmh: (segment) => speeds.get(segment) || undefined,
      }),
      publisher,
      topic: 'city/fleet/{id}/state',
      intervalMs: 1000,
      signal,
    });
  const play = async () => {
    for (let round = 1; !signal.aborted; round++) {
      events.info('demo.round', { message: `The recorded day plays, round ${round}.`, round });
      await playRecording({
        recording,
        extent: { firstMs: midnightMs, lastMs: midnightMs + 86_400_000 },
        publisher,
        speed,
        times: 'compress',
        beginMs: round === 1 ? beginMs : undefined,
        signal,
        onPacket: ({ topic, payload }) => {
          const [, , segment = ''] = topic.split('/');
          speeds.set(segment, JSON.parse(payload(0)).speed);
        },
      });
    }
  };
  await Promise.all([play(), drive()]);
  await publisher.close();
}
