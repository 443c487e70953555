import { isMillraceError, MillraceError } from '../../errors.ts';
import type { NewRecord } from '../event-log.ts';
import { PackBuffer } from '../state/state-pack.ts';
import type { BatchState } from '../state/step-state.ts';
import { BlobBuilder, type BuiltBlobs } from './blob-builder.ts';
import type { Catalog, Partition, Topic } from './catalog.ts';
import { checkRecords } from './check-records.ts';
import type { GroupOffset, Room } from './protocol.ts';
import type { RecentBlobsBound } from './recent-blobs.ts';
import type { WorkerClient } from './worker-client.ts';

/** Offsets of consumers, whose repeats are harmless, wait so long for another write to join. */
const laterOffsetsMs = 50;

export interface WriteLimits {
  /** Appends in memory that are not on the disk yet. */
  readonly maxPendingBytes: number;
  /** Appends are refused while the disk has less room than this. */
  readonly reserveBytes: number;
  /** Small writes begin so long after one another at least. */
  readonly minWriteIntervalMs: number;
}

/** What one processed batch changes; all of it or nothing. */
export interface ProcessCommit {
  readonly emits: readonly NewRecord[];
  readonly states: readonly BatchState[];
  readonly offsets: readonly GroupOffset[];
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

interface WaitingAppend extends Waiter {
  readonly records: readonly NewRecord[];
  readonly bytes: number;
}

interface WaitingCommit extends Waiter {
  readonly commit: ProcessCommit;
}

/** A write of so many bytes doesn't wait for others to join it. */
const wholeWriteBytes = 32 * 1024;

/**
 * Group commit: while one transaction is under way everything that comes waits, and goes as one transaction next.
 * When one fails all that waits fails too, so that order is kept by who sends again.
 */
export class WriteQueue {
  readonly #client: WorkerClient;
  readonly #catalog: Catalog;
  readonly #recent: RecentBlobsBound;
  readonly #limits: WriteLimits;
  readonly #file: string;
  readonly #builder = new BlobBuilder();
  readonly #states = new PackBuffer();
  #appends: Waiter[] = [];
  #commits: WaitingCommit[] = [];
  #laterOffsets = new Map<string, GroupOffset>();
  /** Appends that found the memory full, in order. */
  readonly #outside: WaitingAppend[] = [];
  #pendingBytes = 0;
  #freeBytes = Number.POSITIVE_INFINITY;
  #scheduled: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #scheduledSoon = false;
  #writing: Promise<void> | undefined;
  #lastWriteAt = 0;
  #closing = false;
  #closed = false;

  constructor(
    parts: { client: WorkerClient; catalog: Catalog; recent: RecentBlobsBound; file: string },
    limits: WriteLimits,
  ) {
    this.#client = parts.client;
    this.#catalog = parts.catalog;
    this.#recent = parts.recent;
    this.#file = parts.file;
    this.#limits = limits;
  }

  append(records: readonly NewRecord[]): Promise<void> {
    try {
      if (this.#closed) throw closed();
      const bytes = checkRecords(this.#catalog, records);
      this.#checkRoom();
      if (records.length === 0) return Promise.resolve();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const call = { records, bytes, resolve, reject };
      if (this.#outside.length > 0 || !this.#fits(bytes)) this.#outside.push(call);
      else this.#take(call);
      return promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  commit(commit: ProcessCommit): Promise<void> {
    try {
      if (this.#closed) throw closed();
      checkRecords(this.#catalog, commit.emits);
    } catch (error) {
      return Promise.reject(error);
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#commits.push({ commit, resolve, reject });
    this.#schedule(true);
    return promise;
  }

  /** Written with the next write, or soon; a crash before that only repeats. */
  putOffsetLater(offset: GroupOffset): void {
    this.#laterOffsets.set(`${offset.group}\n${offset.topic}\n${offset.partition}`, offset);
    this.#schedule(false);
  }

  /** Resolves when the offsets that were put are on the disk; when they can't be written they only repeat. */
  async flushOffsets(): Promise<void> {
    if (this.#laterOffsets.size === 0 && !this.#writing) return;
    await this.commit({ emits: [], states: [], offsets: [] }).catch(() => undefined);
  }

  setRoom({ freeBytes }: Room): void {
    this.#freeBytes = freeBytes;
  }

  get isNearlyFull(): boolean {
    return this.#freeBytes < this.#limits.reserveBytes;
  }

  /** Writes what waits, then refuses everything. */
  async close(): Promise<void> {
    this.#closing = true;
    while (this.#writing || this.#hasWork()) {
      if (!this.#writing) this.#dispatch();
      await this.#writing;
    }
    this.#closed = true;
    this.#unschedule();
  }

  #hasWork(): boolean {
    return this.#appends.length > 0 || this.#commits.length > 0 || this.#laterOffsets.size > 0;
  }

  #checkRoom(): void {
    if (!this.isNearlyFull) return;
    const free = Math.floor(this.#freeBytes / 1e6);
    const reserve = Math.ceil(this.#limits.reserveBytes / 1e6);
    throw new MillraceError(
      'LOG_FULL',
      `The disk under ${this.#file} is nearly full: ${free} MB are free, and the last ${reserve} MB are kept for finishing and deleting. Make room, or shorten the retention; the log goes on by itself.`,
    );
  }

  #fits(bytes: number): boolean {
    return this.#pendingBytes === 0 || this.#pendingBytes + bytes <= this.#limits.maxPendingBytes;
  }

  #take({ records, bytes, resolve, reject }: WaitingAppend): void {
    this.#pendingBytes += bytes;
    this.#encode(records);
    this.#appends.push({ resolve, reject });
    this.#schedule(true);
  }

  #encode(records: readonly NewRecord[]): void {
    let topic: Topic | undefined;
    for (const record of records) {
      if (topic?.spec.name !== record.topic) topic = this.#catalog.topic(record.topic);
      this.#builder.add(record, topic);
    }
  }

  #schedule(soon: boolean): void {
    if (this.#writing || (this.#scheduled && (this.#scheduledSoon || !soon))) return;
    this.#unschedule();
    this.#scheduledSoon = soon;
    const sinceMs = performance.now() - this.#lastWriteAt;
    const waitMs = soon ? this.#limits.minWriteIntervalMs - sinceMs : laterOffsetsMs;
    const dispatch = () => this.#dispatch();
    // An immediate still lets what this turn of the event loop brings join.
    this.#scheduled =
      waitMs <= 0 || this.#builder.usedBytes > wholeWriteBytes
        ? setImmediate(dispatch)
        : setTimeout(dispatch, waitMs);
  }

  #unschedule(): void {
    clearTimeout(this.#scheduled as NodeJS.Timeout);
    clearImmediate(this.#scheduled as NodeJS.Immediate);
    this.#scheduled = undefined;
  }

  #dispatch(): void {
    this.#unschedule();
    if (this.#writing || !this.#hasWork()) return;
    const appends = this.#appends;
    const commits = this.#commits;
    const later = this.#laterOffsets;
    this.#appends = [];
    this.#commits = [];
    this.#laterOffsets = new Map();
    const bytes = this.#pendingBytes;
    this.#lastWriteAt = performance.now();
    this.#writing = this.#write(commits, later).then(
      () => this.#finish([...appends, ...commits], bytes),
      (error) => this.#fail([...appends, ...commits], later, error),
    );
  }

  async #write(
    commits: readonly WaitingCommit[],
    later: ReadonlyMap<string, GroupOffset>,
  ): Promise<void> {
    const offsets = [...later.values()];
    for (const { commit } of commits) {
      this.#encode(commit.emits);
      for (const state of commit.states) state.pack(this.#states);
      offsets.push(...commit.offsets);
    }
    const commitId = this.#catalog.commit + 1;
    const built = this.#builder.usedBytes > 0 ? this.#builder.build(commitId) : undefined;
    const states = this.#states.used > 0 ? this.#states.take() : undefined;
    const room = await this.#client.request('write', {
      commit: commitId,
      blobs: built?.packed,
      offsets,
      states,
    });
    this.setRoom(room);
    if (built) this.#publish(built, commitId);
  }

  /** In one turn of the event loop, so that whoever looks sees all of a commit or nothing. */
  #publish({ blobs }: BuiltBlobs, commitId: number): void {
    const grown = new Set<Partition>();
    this.#catalog.commit = commitId;
    for (const { partition, blob } of blobs) {
      this.#recent.add(partition.recent, blob);
      partition.endOffset = blob.nextOffset;
      grown.add(partition);
    }
    for (const partition of grown) partition.announce();
  }

  #finish(done: readonly Waiter[], bytes: number): void {
    this.#writing = undefined;
    this.#pendingBytes -= bytes;
    // ACK: the records are on the disk.
    for (const { resolve } of done) resolve();
    this.#admit();
    if (this.#appends.length > 0 || this.#commits.length > 0) this.#schedule(true);
    else if (this.#laterOffsets.size > 0) this.#schedule(false);
  }

  #admit(): void {
    for (let next = this.#outside[0]; next && this.#fits(next.bytes); next = this.#outside[0]) {
      this.#outside.shift();
      this.#take(next);
    }
  }

  #fail(failed: readonly Waiter[], later: ReadonlyMap<string, GroupOffset>, error: unknown): void {
    this.#writing = undefined;
    if (isMillraceError(error, 'LOG_FULL')) this.#freeBytes = Math.min(this.#freeBytes, 0);
    for (const partition of this.#catalog.all()) partition.assignedOffset = partition.endOffset;
    this.#builder.clear();
    this.#pendingBytes = 0;
    const behind = [
      ...this.#appends.splice(0),
      ...this.#commits.splice(0),
      ...this.#outside.splice(0),
    ];
    for (const { reject } of [...failed, ...behind]) reject(error);
    // Newer offsets count; the others are tried again with the next write. At the end they only repeat.
    if (this.#closing) return;
    this.#laterOffsets = new Map([...later, ...this.#laterOffsets]);
    if (this.#laterOffsets.size > 0) this.#schedule(false);
  }
}

export function closed(): MillraceError {
  return new MillraceError(
    'LOG_CLOSED',
    'The log has been closed; nothing more can be written or read.',
  );
}
