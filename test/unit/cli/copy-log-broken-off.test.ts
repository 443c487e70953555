import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openSqliteLog } from '../../../core/log/sqlite/open-sqlite-log.ts';
import { spawnMillrace } from '../../support/run-millrace.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(folder, { recursive: true }));

test('Ctrl-C ends copy-log at once, also where Kafka does not answer, and says how to go on', async () => {
  await (await openSqliteLog({ folder })).close();
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const { child, finished } = spawnMillrace(['copy-log'], {
    MILLRACE_DATA_DIR: folder,
    MILLRACE_KAFKA_BROKERS: `127.0.0.1:${port}`,
  });
  try {
    await once(silent, 'connection', { signal: AbortSignal.timeout(20_000) });
    child.kill('SIGINT');
    const { code, stderr } = await finished;
    assert.equal(code, 1);
    assert.match(stderr, /Broken off\..*the same command goes on with the rest/);
  } finally {
    child.kill('SIGKILL');
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});
