/**
 * A member of a group in a process of its own, for tests that kill it or hold it up. Argument: JSON of the settings of
 * Kafka and the folder of its state. Each line of its output tells of one batch: its partition and last offset.
 */
import type { KafkaSettings } from '../../core/config/settings.ts';
import { openKafkaLog } from '../../core/log/kafka/open-kafka-log.ts';
import { countNumbers, numbersIn } from '../support/numbered-log.ts';

export interface MemberArguments {
  readonly kafka: KafkaSettings;
  readonly stateFolder: string;
  readonly maxRecords: number;
}

const member = JSON.parse(process.argv[2] ?? '') as MemberArguments;
const log = await openKafkaLog({ kafka: member.kafka, stateFolder: member.stateFolder });
const consumption = await log.process({
  group: 'counting',
  topics: [numbersIn],
  maxRecords: member.maxRecords,
  handle: async (batch, context) => {
    const emits = await countNumbers(batch, context);
    console.log(`${batch.partition} ${batch.nextOffset}`);
    return emits;
  },
});
process.once('SIGTERM', async () => {
  await consumption.stop();
  await log.close();
  process.exit(0);
});
