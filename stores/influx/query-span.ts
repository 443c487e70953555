import { ask } from './influx-ask.ts';
import type { InfluxConnection } from './influx-connection.ts';
import type { StatementAnswer } from './influx-ql.ts';

/** observedAt of the oldest and the newest point, in microseconds; null when there is none. */
export interface HistorySpan {
  readonly oldest: number | null;
  readonly newest: number | null;
}

/** One look at each end of each measurement. Times in microseconds, so that `seq` falls off. */
export async function querySpan(connection: InfluxConnection): Promise<HistorySpan> {
  const [oldest, newest] = await ask(connection, [
    'SELECT * FROM /.*/ ORDER BY time ASC LIMIT 1',
    'SELECT * FROM /.*/ ORDER BY time DESC LIMIT 1',
  ]);
  return { oldest: endOf(oldest, Math.min), newest: endOf(newest, Math.max) };
}

function endOf(answer: StatementAnswer | undefined, pick: (...times: number[]) => number) {
  const times = (answer?.series ?? []).flatMap(({ values }) =>
    values.map(([time]) => time).filter((time) => typeof time === 'number'),
  );
  return times.length === 0 ? null : pick(...times);
}
