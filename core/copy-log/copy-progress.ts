import { MillraceError } from '../errors.ts';

/** What the compacted topic `copy-log` at the target says of one partition, under the key `<topic>/<partition>`. */
export interface PartitionProgress {
  /** The embedded log that is copied. */
  readonly logId: string;
  /** Of the embedded log: the next offset to copy. */
  readonly next: number;
  /** Next offset after what was copied. */
  readonly target: number;
  /** Offsets of the embedded log that somebody stands at, and what they are at the target. */
  readonly marks: Readonly<Record<string, number>>;
  /** Readings copied, by source. */
  readonly sources: Readonly<Record<string, number>>;
}

/** The same of one step's state, under the key `<group>/<partition>/<step>/<version>`. */
export interface StateProgress {
  readonly logId: string;
  /** Base64 of the newest key copied. */
  readonly afterKey: string;
}

/** Under the key `source`: what the embedded log was when the copy was begun. */
export interface CopySource {
  readonly logId: string;
  readonly commit: number;
}

/** Under the key `done`: everything is there, and who reads stands where he stood. */
export interface CopyDone {
  readonly logId: string;
  readonly records: number;
}

export const copyTopic = 'copy-log';
export const sourceKey = 'source';
export const doneKey = 'done';

/** Where nobody has copied anything yet. */
export function noProgress(logId: string, startOffset: number): PartitionProgress {
  return { logId, next: startOffset, target: 0, marks: {}, sources: {} };
}

/** Where an offset of the embedded log lies at the target, once its partition is copied. Throws `INPUT_INVALID` when it was none of the marks. */
export function movedOffset({ marks, next, target }: PartitionProgress, offset: number): number {
  if (offset >= next) return target;
  const moved = marks[offset];
  if (moved === undefined) throw sourceChanged();
  return moved;
}

/** The copy was begun from a log that has gone on since: state and positions of then don't fit the records of now. */
export function sourceChanged(): MillraceError {
  return new MillraceError(
    'INPUT_INVALID',
    'The embedded log should be as it was when this copy was begun; it has gone on since. ' +
      'Copy it anew: with another MILLRACE_KAFKA_TOPIC_PREFIX, or after removing the topics of this one. From then on start Millrace on Kafka.',
  );
}
