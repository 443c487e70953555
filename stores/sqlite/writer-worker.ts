import { parentPort, workerData } from 'node:worker_threads';
import { DeadLettersWriter } from './dead-letters-writer.ts';
import { followLog } from './followed-log.ts';
import { HistoryPruner } from './history-pruner.ts';
import { MappedTables } from './mapped/mapped-tables.ts';
import { prepareTables } from './mapped/prepare-tables.ts';
import { UnpackedBatch } from './packed-batch.ts';
import { ReadingsWriter } from './readings-writer.ts';
import { serveCalls } from './serve-calls.ts';
import { storeFailure } from './sqlite-failure.ts';
import { readAccount } from './store-account.ts';
import { openStoreForWriting } from './store-file.ts';
import type { WriterCalls, WriterData } from './writer-protocol.ts';

const data = workerData as WriterData;

function openWriter() {
  const db = openStoreForWriting(data.file);
  try {
    if (data.logId !== null) followLog(db, data.logId);
    const mappedNotes = prepareTables(db, data.mapped);
    const mapped = new MappedTables(db, data.mapped);
    return {
      db,
      mappedNotes,
      readings: new ReadingsWriter(db, mapped, data.cachedEntities),
      deadLetters: new DeadLettersWriter(db),
      pruner: new HistoryPruner(db, mapped, data.maxBytes),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

let writer: ReturnType<typeof openWriter> | undefined;
/** Opened by the first call, so that a file that can't be opened is that call's failure, and is tried again. */
const opened = () => {
  writer ??= openWriter();
  return writer;
};

/** Microseconds; what was observed before is older than a retention keeps. */
const before = (nowMicros: number, retentionMs: number | null): number =>
  retentionMs === null ? Number.NEGATIVE_INFINITY : nowMicros - retentionMs * 1000;

const calls: WriterCalls = {
  account: () => readAccount(opened().db),
  mappedNotes: () => opened().mappedNotes,
  writeReadings: (batch, setAside, nowMicros) =>
    opened().readings.write({
      batch: new UnpackedBatch(batch),
      setAside: new Set(setAside),
      expiredBefore: before(nowMicros, data.historyMs),
    }),
  writeDeadLetters: (batch, nowMicros) =>
    opened().deadLetters.write(new UnpackedBatch(batch), nowMicros),
  writeDeadLetterMarks: (batch) => opened().deadLetters.writeMarks(new UnpackedBatch(batch)),
  prune: (nowMicros) =>
    opened().pruner.prune({
      now: nowMicros,
      history: before(nowMicros, data.historyMs),
      deadLetters: before(nowMicros, data.deadLettersMs),
    }),
  countExpired: (sources) => opened().readings.countExpired(sources),
  close: () => writer?.db.close(),
};

if (parentPort) serveCalls(parentPort, { ...calls }, (error) => storeFailure(error, data.file));
