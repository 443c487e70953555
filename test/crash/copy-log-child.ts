/**
 * Killed by `copy-log.test.ts`: copies the embedded log of a folder into Kafka, and tells its parent of each step.
 * Arguments: folder, brokers, topic prefix.
 */
import { copyLog } from '../../core/copy-log/copy-log.ts';
import { CopyTarget } from '../../core/log/kafka/copy/copy-target.ts';
import { openKafkaLog } from '../../core/log/kafka/open-kafka-log.ts';
import { LogExport } from '../../core/log/sqlite/log-export.ts';
import { moveStore, storeOffsets } from '../../stores/sqlite/move-store.ts';

const [folder = '', brokers = '', topicPrefix = ''] = process.argv.slice(2);
const kafka = {
  brokers: brokers.split(','),
  sasl: undefined,
  tls: undefined,
  topicPrefix,
  replication: 1,
};
const source = new LogExport(folder);
const log = await openKafkaLog({ kafka, stateFolder: folder });
const target = await CopyTarget.open(kafka);
const fromLogId = source.logId;
const report = await copyLog({
  source,
  log,
  target,
  partitions: 3,
  store: {
    sink: 'sqlite-sink',
    offsets: storeOffsets(folder, fromLogId) ?? {},
    move: (toLogId, newOffset) => moveStore({ folder, fromLogId, toLogId }, newOffset),
  },
  nowMs: () => Date.now(),
  onProgress: (progress) => process.send?.({ progress }),
});
await target.close();
await log.close();
source.close();
process.send?.({ report });
process.disconnect?.();
