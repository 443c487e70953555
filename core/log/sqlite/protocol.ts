import type { ErrorCode } from '../../errors.ts';
import type { TopicSpec } from '../event-log.ts';

/** What the main thread and the log's worker say to each other. One packed buffer, never an object per record. */

export interface WorkerSettings {
  /** The path of `log.db`. */
  readonly file: string;
  readonly readOnly: boolean;
  /** For tests of a full disk. */
  readonly maxPageCount: number | undefined;
}

export interface PartitionRow {
  readonly id: number;
  readonly partition: number;
  readonly startOffset: number;
  readonly endOffset: number;
}

export interface TopicRow {
  readonly spec: TopicSpec;
  readonly partitions: readonly PartitionRow[];
}

/** What a log holds, from one snapshot. */
export interface CatalogRows {
  readonly logId: string;
  /** The newest commit. */
  readonly commit: number;
  readonly topics: readonly TopicRow[];
}

/** Blobs side by side. `index` has `blobFields` numbers for each: partition id, base, next, commit, start, length. */
export interface PackedBlobs {
  readonly index: Float64Array;
  readonly bytes: Uint8Array;
}
export const blobFields = 6;

/** Blobs to write. `index` has `newBlobFields` numbers for each: partition id, base, next, newest time, start, length. */
export interface NewBlobs {
  readonly index: Float64Array;
  readonly bytes: Uint8Array;
}
export const newBlobFields = 6;

export interface GroupOffset {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
}

/** Room on the disk, counting pages that deletes have freed inside the file. */
export interface Room {
  readonly freeBytes: number;
}

export interface Conversation {
  catalog: { ask: null; reply: CatalogRows };
  /** Undefined when nothing was committed since the last `catalog` or `poll`. */
  poll: { ask: null; reply: CatalogRows | undefined };
  createTopics: { ask: readonly TopicSpec[]; reply: CatalogRows };
  write: {
    ask: {
      readonly commit: number;
      readonly blobs: NewBlobs | undefined;
      readonly offsets: readonly GroupOffset[];
      /** See ../state/state-pack.ts. */
      readonly states: Uint8Array | undefined;
    };
    reply: Room;
  };
  room: { ask: null; reply: Room };
  read: {
    ask: { readonly partitionId: number; readonly fromOffset: number; readonly maxBytes: number };
    reply: PackedBlobs;
  };
  /** Whole commits from these positions on. */
  cut: {
    ask: {
      readonly positions: readonly (readonly [partitionId: number, fromOffset: number])[];
      readonly maxBytes: number;
    };
    reply: PackedBlobs & { readonly atEnd: boolean };
  };
  /** The first offset whose record is at or after a time; undefined when all are older. */
  offsetAt: {
    ask: { readonly partitionId: number; readonly timeMs: number };
    reply: number | undefined;
  };
  committed: { ask: string; reply: readonly GroupOffset[] };
  openSpace: {
    ask: {
      readonly group: string;
      readonly partition: number;
      readonly step: string;
      readonly version: number;
    };
    reply: number;
  };
  /** Keys and values as state-pack.ts packs them. */
  loadState: {
    ask: { readonly space: number; readonly keys: Uint8Array };
    reply: Uint8Array;
  };
  /** A bounded piece of upkeep: retention, compaction, expiry. */
  maintain: {
    ask: { readonly nowMs: number };
    reply: Room & {
      /** There is more to do now. */
      readonly more: boolean;
      readonly starts: readonly (readonly [partitionId: number, startOffset: number])[];
    };
  };
  close: { ask: null; reply: null };
}

export type Kind = keyof Conversation;

export interface WorkerRequest<K extends Kind = Kind> {
  readonly id: number;
  readonly kind: K;
  readonly ask: Conversation[K]['ask'];
}

/** An error on its way between threads. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cause: string | undefined;
}

export type WorkerReply =
  | { readonly id: number; readonly reply: unknown }
  | { readonly id: number; readonly error: WireError };
