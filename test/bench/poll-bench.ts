/**
 * `npm run bench -- poll`: one poll of many pages, each fetched over HTTP, decoded by the JSON mapping and committed to
 * the embedded log with its cursor. The provider is a process of its own.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Benchmark } from '../../cli/bench/benchmarks.ts';
import { json } from '../../formats/json.ts';
import { openPollRoom, pollPipeline } from '../support/open-poll-room.ts';

const pages = 60;
const items = 1000;
const script = fileURLToPath(new URL('poll-provider.ts', import.meta.url));

const format = json({
  entity: { type: 'thing', id: '{$.id}' },
  time: { path: '$.at', unit: 'ms' },
  fields: { value: { path: '$.speed', kind: 'number' }, name: '$.line' },
});

export const pollBenchmark: Benchmark = {
  name: 'poll',
  summary: `a poll of ${pages} pages of ${items} items, each page a commit on the embedded log`,
  async run() {
    const provider = fork(script, [`${pages}`, `${items}`]);
    const [port] = (await once(provider, 'message')) as [number];
    const room = await openPollRoom(
      pollPipeline(
        {
          url: `http://127.0.0.1:${port}/things`,
          every: '1h',
          jitter: '1ms',
          items: '$.items[*]',
          pages: { by: 'cursor', path: '$.next', param: 'page' },
        },
        format,
      ),
    );
    try {
      const cpu = process.cpuUsage();
      const startMs = performance.now();
      await room.start();
      await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null, 120_000);
      const seconds = (performance.now() - startMs) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      const readings = pages * items;
      return [
        { name: 'readings', unit: '1/s', value: readings / seconds },
        {
          name: 'readings, per CPU second',
          unit: '1/s',
          value: readings / ((user + system) / 1e6),
        },
        { name: 'page, committed', unit: 'ms', value: (seconds * 1000) / pages },
      ];
    } finally {
      await room.close();
      provider.kill();
    }
  },
};
