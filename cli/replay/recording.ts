/** One packet of a recording. */
export interface RecordedPacket {
  /** When it was recorded, ms since 1970; undefined where the recording has no times. */
  readonly timeMs: number | undefined;
  readonly topic: string;
  /** The payload as recorded, or with its times moved by `shiftMs`. */
  payload(shiftMs: number): string;
}

/** A file of packets. It can be read as often as one likes, each time from its beginning. */
export interface Recording {
  readonly file: string;
  packets(): AsyncIterable<RecordedPacket>;
}

/** What one reading through a recording tells. */
export interface RecordingExtent {
  readonly packets: number;
  /** Smallest and largest time; undefined where the recording has no times. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
}

/** Reads a recording through once. Rejects with `INPUT_INVALID` at the first line that is not what it should be. */
export async function measureRecording(recording: Recording): Promise<RecordingExtent> {
  let packets = 0;
  let firstMs: number | undefined;
  let lastMs: number | undefined;
  for await (const { timeMs } of recording.packets()) {
    packets++;
    if (timeMs === undefined) continue;
    if (firstMs === undefined || timeMs < firstMs) firstMs = timeMs;
    if (lastMs === undefined || timeMs > lastMs) lastMs = timeMs;
  }
  return { packets, firstMs, lastMs };
}
