import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, Registry } from 'prom-client';
import { isMillraceError } from '../../../core/errors.ts';
import { startOpsServer } from '../../../core/ops-server.ts';
import type { Health } from '../../../core/service.ts';
import { startTestDashboard } from '../../support/start-test-dashboard.ts';

const local = { host: '127.0.0.1', port: 0, trustNetwork: false };

test('a service that runs alone answers for its health, and says what is missing', async () => {
  const metrics = new Registry();
  new Counter({ name: 'turns_total', help: 'Turns.', registers: [metrics] }).inc(3);
  let health: Health = { ready: true };
  const service = { name: 'mill', health: () => health, stop: async () => {} };
  const server = await startOpsServer({ ...local, metrics, services: () => [service] });
  try {
    const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);
    assert.equal((await get('/livez')).status, 200);
    assert.equal((await get('/readyz')).status, 200);
    health = { ready: false, detail: 'The log does not answer.' };
    const waiting = await get('/readyz');
    assert.equal(waiting.status, 503);
    assert.match(await waiting.text(), /"mill".*The log does not answer\./);
    assert.equal((await get('/livez')).status, 200);
    assert.match(await (await get('/metrics')).text(), /^turns_total 3$/m);
    assert.equal((await get('/else')).status, 404);
  } finally {
    await server.stop();
  }
});

test('its port, when taken, is named with its setting, and it is not opened to others', async () => {
  const parts = { metrics: new Registry(), services: () => [] };
  const first = await startOpsServer({ ...local, ...parts });
  try {
    await assert.rejects(
      startOpsServer({ ...local, ...parts, port: first.port }),
      (error) => isMillraceError(error, 'PORT_TAKEN') && /MILLRACE_OPS_PORT/.test(error.message),
    );
    await assert.rejects(startOpsServer({ ...local, ...parts, host: '0.0.0.0' }), (error) =>
      isMillraceError(error, 'ADDRESS_UNPROTECTED'),
    );
  } finally {
    await first.stop();
  }
});

test('the dashboard has health and metrics on its own port', async () => {
  const dashboard = await startTestDashboard();
  try {
    assert.equal((await fetch(`${dashboard.url}/readyz`)).status, 200);
    const metrics = await (await fetch(`${dashboard.url}/metrics`)).text();
    assert.match(metrics, /^millrace_live_clients 0$/m);
  } finally {
    await dashboard.stop();
  }
});
