import { MillraceError } from '../errors.ts';
import type { Cut, EventLog, LogTable, Offsets } from '../log/event-log.ts';
import { enrichedTopic, ledgerTopic, rawTopic } from '../topics.ts';
import { drawUpLedger, isEven, type Ledger } from './account.ts';
import { countGone } from './count-gone.ts';
import { type LedgerPositions, positionsOf, standingOf, takeEntry } from './ledger-positions.ts';
import { TopicTally } from './topic-tally.ts';

/** What a sink has counted, and the offsets that its counts belong to. */
export interface SinkStanding {
  readonly offsets: Offsets;
  readonly sources: Readonly<
    Record<
      string,
      { readonly stored: number; readonly expired: number; readonly deadLettered: number }
    >
  >;
}

/** One that runs. Without `account` it keeps its counts in `ledger.v1`, under `sink/<name>/<partition>`. */
export interface LedgerSink {
  readonly name: string;
  readonly account?: (() => Promise<SinkStanding>) | undefined;
}

export interface LedgerViewParts {
  readonly log: Pick<EventLog, 'table' | 'tail'>;
  readonly sinks: readonly LedgerSink[];
  /** Dead letters of stage `ingress`, by source. */
  readonly ingressDeadLetters: () => Promise<Readonly<Record<string, number>>>;
  /** Shown even when nothing came from them. */
  readonly sourceNames?: readonly string[];
  /** How often an uneven ledger is drawn up again, in all; a difference that stays is real. 4 when absent. */
  readonly maxTries?: number;
}

export interface LedgerView {
  /**
   * The ledger of one moment, up to everything that was committed when it was asked for.
   * Rejects with `LOG_UNAVAILABLE` when the log's end isn't reached in time.
   */
  read(): Promise<Ledger>;
  close(): void;
}

const maxReadMs = 20_000;

/**
 * Draws up the ledger when it is asked for, and does nothing in between. Each sink's account is taken first; then the
 * log is read up to its end, in whole commits: what lies behind the enricher's and the sinks' offsets is in flight.
 * Reads only what is in flight and new: it begins at the offsets that were committed, or where it stood.
 */
export async function openLedgerView(parts: LedgerViewParts): Promise<LedgerView> {
  const table = await parts.log.table(ledgerTopic);
  const view = new LedgerDrawing(parts, table);
  let running: Promise<Ledger> | undefined;
  return {
    // Who asks while it is being drawn up gets the same.
    read() {
      running ??= view.draw().finally(() => {
        running = undefined;
      });
      return running;
    },
    close: () => table.close(),
  };
}

/** Draws it up, and keeps what it has read for the next time. */
class LedgerDrawing {
  readonly #parts: LedgerViewParts;
  readonly #table: LogTable;
  readonly #raw: TopicTally;
  readonly #enriched: TopicTally;

  constructor(parts: LedgerViewParts, table: LogTable) {
    this.#parts = parts;
    this.#table = table;
    this.#raw = new TopicTally(parts.log, rawTopic);
    this.#enriched = new TopicTally(parts.log, enrichedTopic);
  }

  async draw(): Promise<Ledger> {
    const { maxTries = 4 } = this.#parts;
    let ledger = await this.#drawOnce();
    for (let tries = 1; tries < maxTries && !isEven(ledger); tries++) {
      ledger = await this.#drawOnce();
    }
    return ledger;
  }

  async #drawOnce(): Promise<Ledger> {
    const { sinks, ingressDeadLetters, sourceNames } = this.#parts;
    const [deadLetters, accounts] = await Promise.all([
      ingressDeadLetters(),
      Promise.all(sinks.map(async (sink) => sink.account?.())),
    ]);
    const positions = positionsOf(this.#table);
    const standingsNow = () =>
      sinks.map(({ name }, index) => ({
        name,
        ...(accounts[index] ?? standingOf(positions, name)),
      }));
    this.#raw.startAt([rawOffsets(positions)]);
    this.#enriched.startAt(standingsNow().map(({ offsets }) => offsets[enrichedTopic] ?? {}));
    await this.#readToEnd(positions);
    // Entries of sinks in the log have moved on with it; the accounts are those that were asked for.
    const standings = standingsNow();
    return drawUpLedger({
      enricher: [...positions.enricher.values()],
      ingress: [...positions.ingress.values()],
      ingressDeadLetters: deadLetters,
      rawInFlight: await this.#raw.countFrom(rawOffsets(positions)),
      sinks: await Promise.all(
        standings.map(async ({ name, sources, offsets }) => ({
          name,
          sources: countGone(name, sources, positions.gone),
          inFlight: await this.#enriched.countFrom(offsets[enrichedTopic] ?? {}),
        })),
      ),
      sourceNames: sourceNames ?? [],
    });
  }

  async #readToEnd(positions: LedgerPositions): Promise<void> {
    // Without a sink nothing is in flight behind the enricher.
    const topics = [
      rawTopic,
      ledgerTopic,
      ...(this.#parts.sinks.length > 0 ? [enrichedTopic] : []),
    ];
    const offsets: Offsets = {
      [rawTopic]: this.#raw.offsets,
      [enrichedTopic]: this.#enriched.offsets,
      [ledgerTopic]: { 0: positions.nextOffset },
    };
    const signal = AbortSignal.timeout(maxReadMs);
    const options = { from: { offsets }, signal, wholeCommits: true };
    for await (const cut of this.#parts.log.tail(topics, options)) {
      this.#take(cut, positions);
      if (cut.atEnd) return;
    }
    throw new MillraceError(
      'LOG_UNAVAILABLE',
      `The ledger needs the log read to its end; that was not reached within ${maxReadMs / 1000} s. What was read counts next time: ask again.`,
    );
  }

  #take(cut: Cut, positions: LedgerPositions): void {
    for (const batch of cut.batches) {
      if (batch.topic === rawTopic) this.#raw.add(batch);
      else if (batch.topic === enrichedTopic) this.#enriched.add(batch);
      else for (const record of batch.records) takeEntry(positions, record);
    }
  }
}

function rawOffsets(positions: LedgerPositions): Readonly<Record<number, number>> {
  return Object.fromEntries(
    [...positions.enricher].map(([partition, { offset }]) => [partition, offset]),
  );
}
