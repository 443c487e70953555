import { RecordBatch } from '../wire/record-batch.ts';
import type { AppendCall } from './append-call.ts';

/**
 * A partition takes one batch a request, of 1,048,588 bytes at most by default, header included: the largest record
 * must fit into one, and many small ones fill it no further than pays.
 */
const fullBytes = 512 * 1024;

/** Records of one or more appends for one partition, which are sent together. */
export class PartitionBatch extends RecordBatch {
  /** With the prefix. */
  readonly topic: string;
  readonly partition: number;
  readonly calls: AppendCall[] = [];

  constructor(topic: string, partition: number) {
    super();
    this.topic = topic;
    this.partition = partition;
  }

  /** An empty one takes any record that the log takes. */
  takes(recordBytes: number): boolean {
    return this.length === 0 || this.used + recordBytes <= fullBytes;
  }
}
