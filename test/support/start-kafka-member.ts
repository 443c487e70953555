import { join } from 'node:path';
import type { KafkaSettings } from '../../core/config/settings.ts';
import { spawnNode } from './spawn-node.ts';

/** A process that counts numbers (numbered-log.ts) as a member of one group. */
export interface KafkaMember {
  /** Partitions of the batches that it was given since `forget`. */
  readonly partitions: ReadonlySet<number>;
  readonly batches: number;
  forget(): void;
  /** Stops it as a scheduler does that gives it no more time; nobody is told. */
  freeze(): void;
  thaw(): void;
  /** Ends it in order. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const script = new URL('../stack/kafka-member.ts', import.meta.url);
let count = 0;

export function startKafkaMember(
  kafka: KafkaSettings,
  folder: string,
  maxRecords = 50,
): KafkaMember {
  const stateFolder = join(folder, `member-${count++}`);
  const node = spawnNode(script, [JSON.stringify({ kafka, stateFolder, maxRecords })]);
  const partitions = new Set<number>();
  let batches = 0;
  void (async () => {
    for await (const line of node.lines) {
      batches++;
      partitions.add(Number(line.split(' ')[0]));
    }
  })();
  return {
    partitions,
    get batches() {
      return batches;
    },
    forget() {
      batches = 0;
      partitions.clear();
    },
    freeze: () => void node.child.kill('SIGSTOP'),
    thaw: () => void node.child.kill('SIGCONT'),
    async stop() {
      node.child.kill('SIGTERM');
      await node.ended;
    },
    kill: node.kill,
  };
}
