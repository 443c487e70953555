import { access } from 'node:fs/promises';
import { MillraceError } from '../../core/errors.ts';
import { abortOnSignals } from '../abort-on-signals.ts';
import { defineCommand } from '../define-command.ts';
import { publishOptions, publishTarget } from '../publish-options.ts';
import { connectPublisher } from '../replay/connect-publisher.ts';
import { openRecording } from '../replay/open-recording.ts';
import { parseRecordedTime } from '../replay/parse-recorded-time.ts';
import { playRecording } from '../replay/play-recording.ts';
import { measureRecording } from '../replay/recording.ts';
import { type ReplayMapping, readReplayMapping } from '../replay/replay-mapping.ts';
import { replayProgress } from '../replay/replay-progress.ts';
import { UsageError } from '../usage-error.ts';

/** How long the end waits for another PUBACK before it gives up on the rest. */
const quietMs = 15_000;

export const replay = defineCommand({
  operands: 'FILE...',
  description: `Publishes recordings over MQTT with QoS 1 and waits until every packet is acknowledged (else exit code 1).
HFP dumps (.dump), CSV series (.csv, with --mapping or --topic), JSON lines (.jsonl: {"topic", "payload", "time"}, or
rows with a mapping); each also with .gz. Without --shift-to-now or --compress-time the recorded times stand, and what
is published twice (--loop) is recognised as a repeat.`,
  options: {
    speed: { type: 'string', value: 'N|max', help: 'times real speed; 1 when absent' },
    loop: { type: 'boolean', help: 'from the beginning again, until Ctrl-C' },
    'shift-to-now': {
      type: 'boolean',
      help: 'moves the times as one: they begin now (up to --speed 1) or end now (faster); never in the future',
    },
    'compress-time': {
      type: 'boolean',
      help: 'times become those of publishing: with --speed 60 a day passes in 24 minutes',
    },
    begin: {
      type: 'string',
      value: 'TIME',
      help: 'recorded time to begin at, the first time round',
    },
    mapping: { type: 'string', value: 'FILE', help: 'JSON: how rows become packets' },
    topic: {
      type: 'string',
      value: 'TEMPLATE',
      help: "the rows' topic, as 'city/{id}' filled from the columns; all columns are the payload",
    },
    time: { type: 'string', value: 'COLUMN', help: 'with --topic: the column of the time' },
    window: {
      type: 'string',
      value: 'N',
      help: 'packets that may be unacknowledged; 1000 when absent',
    },
    ...publishOptions,
  },
  examples: [
    'millrace replay hfp.dump --shift-to-now',
    'millrace replay roads.csv.gz --mapping roads.json --speed 60 --compress-time --loop',
  ],
  async run({ values, operands }) {
    if (operands.length === 0) throw new UsageError('replay needs at least one FILE.');
    if (values['shift-to-now'] && values['compress-time'])
      throw new UsageError('--shift-to-now and --compress-time exclude each other.');
    const speed = parseSpeed(values.speed ?? '1');
    const window = parseWindow(values.window);
    const beginMs = parseBegin(values.begin);
    const mapping = await mappingOf(values);
    const target = publishTarget(values);
    const recordings = await Promise.all(
      operands.map(async (file) => {
        await access(file).catch((cause) => {
          throw new MillraceError('INPUT_INVALID', `There is no file ${file}.`, { cause });
        });
        const recording = openRecording(file, mapping);
        return { recording, extent: await measureRecording(recording) };
      }),
    );
    const times = values['shift-to-now'] ? 'shift' : values['compress-time'] ? 'compress' : 'keep';
    const signal = abortOnSignals();
    const publisher = await connectPublisher({ ...target, window });
    const packets = recordings.reduce((sum, { extent }) => sum + extent.packets, 0);
    const progress = replayProgress(publisher, packets);
    const startedMs = performance.now();
    for (let round = 1; !signal.aborted && (round === 1 || values.loop); round++) {
      progress.round(round);
      for (const { recording, extent } of recordings) {
        await playRecording({
          recording,
          extent,
          publisher,
          speed,
          times,
          beginMs: round === 1 ? beginMs : undefined,
          signal,
          onPacket: progress.packet,
        });
      }
      // A recording without packets would make this a loop that waits for nothing.
      if (packets === 0) break;
    }
    await publisher.drain(signal.aborted ? 2000 : quietMs);
    progress.stop();
    const { sent, acknowledged } = publisher;
    await publisher.close();
    const seconds = (performance.now() - startedMs) / 1000;
    console.log(
      `${sent} packets sent, ${acknowledged} acknowledged, in ${seconds.toFixed(1)} s (${Math.round(acknowledged / seconds)}/s).`,
    );
    return acknowledged === sent ? 0 : 1;
  },
});

function parseSpeed(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const speed = Number(text);
  if (Number.isFinite(speed) && speed > 0) return speed;
  throw new UsageError(`--speed should be a number above 0, or max, and is "${text}".`);
}

function parseWindow(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const window = Number(text);
  if (Number.isInteger(window) && window > 0 && window <= 60_000) return window;
  throw new UsageError(`--window should be a whole number from 1 to 60000, and is "${text}".`);
}

function parseBegin(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const beginMs = parseRecordedTime(text, {});
  if (beginMs !== undefined) return beginMs;
  throw new UsageError(`--begin should be a time as 2014-08-19T06:00:00Z, and is "${text}".`);
}

async function mappingOf(values: {
  readonly mapping?: string | undefined;
  readonly topic?: string | undefined;
  readonly time?: string | undefined;
}): Promise<ReplayMapping | undefined> {
  if (values.mapping !== undefined && values.topic !== undefined)
    throw new UsageError('--mapping and --topic exclude each other.');
  if (values.mapping !== undefined) return readReplayMapping(values.mapping);
  if (values.topic === undefined) return undefined;
  return {
    topic: values.topic,
    ...(values.time === undefined ? {} : { time: { column: values.time } }),
  };
}
