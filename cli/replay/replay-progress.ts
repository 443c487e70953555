import { progressBar } from '../progress-bar.ts';
import type { Publisher } from './connect-publisher.ts';

export interface ReplayProgress {
  /** One more packet of this round has been published. */
  packet(): void;
  round(number: number): void;
  stop(): void;
}

const plainIntervalMs = 5000;

/** A bar with rate, time to go and acknowledged count on a terminal, else a plain line every 5 s, on standard error. */
export function replayProgress(
  publisher: Publisher,
  packets: number,
  stream: NodeJS.WriteStream = process.stderr,
): ReplayProgress {
  const rate = rateOf(publisher);
  return stream.isTTY
    ? bar(publisher, packets, stream, rate)
    : lines(publisher, packets, stream, rate);
}

function bar(
  publisher: Publisher,
  packets: number,
  stream: NodeJS.WriteStream,
  rate: () => number,
): ReplayProgress {
  const single = progressBar(
    '{bar} {percentage}% | {value}/{total} packets | {rate}/s | {eta_formatted} to go | {acknowledged} acknowledged',
    {
      stream,
      fps: 5,
      etaBuffer: 200,
      barCompleteChar: '█',
      barIncompleteChar: '░',
    },
  );
  const counts = () => ({ rate: rate(), acknowledged: publisher.acknowledged });
  single.start(packets, 0, counts());
  let done = 0;
  const timer = setInterval(() => single.update(done, counts()), 200);
  timer.unref();
  return {
    packet: () => void done++,
    round(number) {
      if (number === 1) return;
      done = 0;
      single.start(packets, 0, counts());
    },
    stop() {
      clearInterval(timer);
      single.update(done, counts());
      single.stop();
    },
  };
}

function lines(
  publisher: Publisher,
  packets: number,
  stream: NodeJS.WriteStream,
  rate: () => number,
): ReplayProgress {
  let done = 0;
  let current = 1;
  const timer = setInterval(() => {
    const round = current > 1 ? `round ${current}: ` : '';
    stream.write(
      `${round}${done} of ${packets} packets, ${rate()}/s, ${publisher.acknowledged} acknowledged\n`,
    );
  }, plainIntervalMs);
  timer.unref();
  return {
    packet: () => void done++,
    round(number) {
      current = number;
      done = 0;
    },
    stop: () => clearInterval(timer),
  };
}

/** Acknowledged a second, since it was asked last. */
function rateOf(publisher: Publisher): () => number {
  let atMs = performance.now();
  let count = 0;
  return () => {
    const nowMs = performance.now();
    const perSecond = ((publisher.acknowledged - count) * 1000) / Math.max(1, nowMs - atMs);
    atMs = nowMs;
    count = publisher.acknowledged;
    return Math.round(perSecond);
  };
}
