import { readingCodec } from '../../core/codec.ts';
import { openSqliteLogReader } from '../../core/log/sqlite/open-sqlite-log.ts';
import { rawTopic } from '../../core/topics.ts';

/** The numbers of each meter, in the log's order. */
export async function readLoggedNumbers(folder: string): Promise<Map<string, number[]>> {
  const log = await openSqliteLogReader(folder);
  const byMeter = new Map<string, number[]>();
  try {
    for await (const cut of log.tail([rawTopic], { from: 'earliest' })) {
      for (const { value } of cut.batches.flatMap(({ records }) => records)) {
        if (!value) continue;
        const { entityId, numbers } = readingCodec.decode(value);
        const known = byMeter.get(entityId);
        if (known) known.push(Number(numbers.n));
        else byMeter.set(entityId, [Number(numbers.n)]);
      }
      if (cut.atEnd) break;
    }
  } finally {
    await log.close();
  }
  return byMeter;
}
