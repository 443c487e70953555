import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { InfluxSettings } from '../../core/config/settings.ts';

export interface FakeAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeInflux {
  readonly influx: InfluxSettings;
  /** The writes that came: when, and their lines. */
  readonly writes: readonly { readonly atMs: number; readonly lines: readonly string[] }[];
  /** From now on writes are answered so; 204 at first. */
  answer(answer: (lines: readonly string[]) => FakeAnswer | 'never'): void;
  close(): Promise<void>;
}

/** The write side of an InfluxDB 2, for answers that a real one can't be made to give. Its bucket is there, for ever. */
export async function startFakeInflux(): Promise<FakeInflux> {
  const writes: { atMs: number; lines: string[] }[] = [];
  let answer: (lines: readonly string[]) => FakeAnswer | 'never' = () => ({ status: 204 });
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (!request.url?.startsWith('/api/v2/write')) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ buckets: [{ id: '1', name: 'b', retentionRules: [] }] }));
        return;
      }
      const lines = Buffer.concat(parts).toString().split('\n');
      writes.push({ atMs: performance.now(), lines });
      const given = answer(lines);
      if (given === 'never') return;
      const { status, body = '', headers = {} } = given;
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    influx: { version: 2, url, token: 't', org: 'o', bucket: 'b' },
    writes,
    answer(next) {
      answer = next;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
