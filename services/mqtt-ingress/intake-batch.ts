import type { FormatRequest } from '../../core/format.ts';
import type { IncomingOutcome } from '../../core/intake/incoming-to-records.ts';
import type { NewRecord } from '../../core/log/event-log.ts';
import type { Arrival } from './ack-window.ts';
import type { MemoryPuts } from './format-memories.ts';
import type { Packet } from './packet.ts';

/** Where a packet came from: what its format wants sent back is published there. */
export interface PacketOrigin {
  /** At most once (QoS 0), not retained; nothing when the connection is over. */
  publish(request: FormatRequest): void;
}

/** What one source contributed to a batch. */
export interface SourceCounts {
  packets: number;
  readings: number;
  filtered: number;
  deadLetters: number;
}

interface SentBack {
  readonly source: string;
  readonly origin: PacketOrigin;
  readonly request: FormatRequest;
}

/** Packets that go to the log in one append. */
export class IntakeBatch {
  readonly records: NewRecord[] = [];
  readonly arrivals: Arrival[] = [];
  readonly sources = new Map<string, SourceCounts>();
  readonly filtered = new Map<string, number>();
  /** Packets that our own broker retains. */
  readonly kept: Packet[] = [];
  /** What formats want sent back, once the log has the packets that caused it. */
  readonly requests: SentBack[] = [];
  /** What formats put into their memories; set when the batch is closed. */
  puts: MemoryPuts = new Map();
  payloadBytes = 0;

  /** Without a source, a packet is in a batch only to be retained before its acknowledgement. */
  addBare(packet: Packet, arrival: Arrival): void {
    this.arrivals.push(arrival);
    this.payloadBytes += packet.payload.length;
    if (packet.keep) this.kept.push(packet);
  }

  add(source: string, packet: Packet, outcome: IncomingOutcome, arrival: Arrival): void {
    for (const record of outcome.records) this.records.push(record);
    this.addBare(packet, arrival);
    const counts = this.#countsOf(source);
    counts.packets++;
    counts.readings += outcome.readings;
    counts.filtered += outcome.filtered;
    counts.deadLetters += outcome.deadLetters;
    if (outcome.filtered > 0) this.filtered.set(source, counts.filtered);
  }

  #countsOf(source: string): SourceCounts {
    let counts = this.sources.get(source);
    if (!counts) {
      counts = { packets: 0, readings: 0, filtered: 0, deadLetters: 0 };
      this.sources.set(source, counts);
    }
    return counts;
  }
}
