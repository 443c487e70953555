import { readingCodec } from '../../core/codec.ts';
import { isMillraceError } from '../../core/errors.ts';
import { sourceOf } from '../../core/ledger/source-of.ts';
import type { RecordBatch } from '../../core/log/event-log.ts';
import type { Reading } from '../../core/reading.ts';
import type { Refusal, SinkCount } from '../store.ts';
import { Tally } from '../tally.ts';
import type { InfluxConnection } from './influx-connection.ts';
import { influxFailure, isBeyondRetention, isMissing, wordsOf } from './influx-failure.ts';
import { type InfluxTarget, prepareTarget, remedyOf } from './influx-target.ts';
import { sendSplitting } from './split-refused.ts';
import { LineMaker } from './to-line.ts';

/** What became of a batch. Each record is in exactly one of the counts of its source. */
export interface WrittenBatch {
  readonly sources: ReadonlyMap<string, SinkCount>;
  /** Counted as dead-lettered; the others are in InfluxDB. */
  readonly refusals: readonly Refusal[];
  /** Of the stored: readings without any value, which make no point. */
  readonly withoutFields: number;
}

export interface InfluxWriterParts {
  readonly connection: InfluxConnection;
  /** Null: for ever. */
  readonly historyMs: number | null;
  /** Microseconds since 1970. */
  readonly now: () => number;
  /** For who doesn't stop when a batch has too many refusals: every one is found. */
  readonly findsAll?: boolean;
  /** Told of the bucket or database when it has been looked at. */
  readonly onTarget?: (target: InfluxTarget) => void;
}

/**
 * Above this share of a batch the search for refused lines ends. It must be one at which the sink stops (refusal-share.ts,
 * which goes by records too): lines that were not looked at would count as stored.
 */
const maxRefusedShare = 0.2;
const fewestToShare = 100;
/** Then the retention is read again: somebody may have changed it. */
const targetStaysMs = 600_000;

/**
 * Writes batches of `readings.enriched.v1` as points. It keeps no account: writing the same batch again leaves the same
 * points, and offset and counts are the caller's to commit. Calls may overlap.
 */
export class InfluxWriter {
  readonly #parts: InfluxWriterParts;
  readonly #lineMaker = new LineMaker();
  #target: { readonly target: InfluxTarget; readonly readAtMs: number } | undefined;
  #preparing: Promise<InfluxTarget> | undefined;

  constructor(parts: InfluxWriterParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when InfluxDB has every point of the batch that it takes. Readings older than history (or than what
   * InfluxDB keeps, when that is less) are counted as expired and not sent. What it refuses alone, for what it holds,
   * is a refusal; past a fifth of the batch the search for such ends, and not all are found.
   * Rejects with `STORE_UNAVAILABLE` or `STORE_MISCONFIGURED`; the same call may succeed later.
   */
  async writeReadings(batch: RecordBatch): Promise<WrittenBatch> {
    const { retentionMs } = await this.#prepared();
    const made = this.#makeLines(batch, this.#expiredBefore(retentionMs));
    const refused = await this.#send(made.lines, batch.records.length);
    // Somebody has shortened it.
    if (refused.some(({ error }) => isBeyondRetention(error))) this.#target = undefined;
    const setAside = new Map<number, 'expired' | string>();
    for (const { index, error } of refused)
      setAside.set(index, isBeyondRetention(error) ? 'expired' : wordsOf(error));
    const refusals = [...made.refusals];
    for (let line = 0; line < made.lines.length; line++) {
      const outcome = setAside.get(line);
      const source = made.sources[line] ?? '';
      const index = made.indexes[line] ?? 0;
      if (outcome === undefined) made.tally.stored(source, 1);
      else if (outcome === 'expired') made.tally.expired(source);
      else refusals.push({ index, detail: outcome });
    }
    refusals.sort((a, b) => a.index - b.index);
    for (const { index } of refusals)
      made.tally.deadLettered(sourceOf(batch.records[index]?.value ?? null));
    return { sources: made.tally.sources, refusals, withoutFields: made.withoutFields };
  }

  /** Makes the bucket or database when it is missing and we may. Rejects as {@link writeReadings} does. */
  async prepare(): Promise<void> {
    await this.#prepared();
  }

  /** Ends connections; what is under way fails. */
  close(): void {
    this.#parts.connection.close();
  }

  #makeLines({ records }: RecordBatch, expiredBefore: number) {
    const tally = new Tally();
    const lines: string[] = [];
    const indexes: number[] = [];
    const sources: string[] = [];
    const refusals: Refusal[] = [];
    let withoutFields = 0;
    for (let index = 0; index < records.length; index++) {
      const reading = decode(records[index]?.value ?? null);
      if ('detail' in reading) {
        refusals.push({ index, detail: reading.detail });
        continue;
      }
      if (reading.observedAt < expiredBefore) {
        tally.expired(reading.source);
        continue;
      }
      const line = this.#lineMaker.toLine(reading);
      if (typeof line === 'string') {
        lines.push(line);
        indexes.push(index);
        sources.push(reading.source);
      } else if (line.kind === 'refused') {
        refusals.push({ index, detail: line.detail });
      } else {
        tally.stored(reading.source, 0);
        withoutFields++;
      }
    }
    return { lines, indexes, sources, tally, refusals, withoutFields };
  }

  async #send(lines: readonly string[], records: number) {
    const { connection, findsAll = false, historyMs } = this.#parts;
    const maxRefused =
      findsAll || records < fewestToShare ? records : Math.floor(records * maxRefusedShare);
    try {
      return await sendSplitting(lines, { send: (text) => connection.write(text), maxRefused });
    } catch (error) {
      if (isMissing(error)) this.#target = undefined;
      const { settings, target } = connection;
      throw influxFailure(error, { target, remedy: remedyOf(settings, historyMs) });
    }
  }

  #expiredBefore(retentionMs: number | null): number {
    const { historyMs, now } = this.#parts;
    const keptMs = Math.min(
      historyMs ?? Number.POSITIVE_INFINITY,
      retentionMs ?? Number.POSITIVE_INFINITY,
    );
    return now() - keptMs * 1000;
  }

  /** Looked at once for all calls that wait for it. */
  async #prepared(): Promise<InfluxTarget> {
    const known = this.#target;
    if (known !== undefined && performance.now() - known.readAtMs < targetStaysMs)
      return known.target;
    this.#preparing ??= this.#prepare().finally(() => {
      this.#preparing = undefined;
    });
    return this.#preparing;
  }

  async #prepare(): Promise<InfluxTarget> {
    const { connection, historyMs, onTarget } = this.#parts;
    const target = await prepareTarget(connection, historyMs);
    this.#target = { target, readAtMs: performance.now() };
    onTarget?.(target);
    return target;
  }
}

function decode(value: Buffer | null): Reading | { readonly detail: string } {
  if (value === null) return { detail: 'A record of readings should have a value; it has none.' };
  try {
    return readingCodec.decode(value);
  } catch (error) {
    const isRecord =
      isMillraceError(error, 'RECORD_UNDECODABLE') || isMillraceError(error, 'SCHEMA_UNKNOWN');
    if (!isRecord) throw error;
    return { detail: error.message };
  }
}
