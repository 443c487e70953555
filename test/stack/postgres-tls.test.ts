import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import {
  openPostgresReader,
  openPostgresWriter,
} from '../../stores/postgres/open-postgres-store.ts';
import { readingBatch } from '../contract/store/store-under-test.ts';
import { statement } from '../support/postgres-database.ts';
import { numberedReadings } from '../support/postgres-sink-under-test.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startPostgres } from '../support/servers/start-postgres.ts';
import { until } from '../support/until.ts';

test('with sslmode and sslrootcert the connection is by TLS, and a certificate that they do not cover is refused', {
  skip: withoutEngine(),
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-postgres-tls-'));
  const server = await startPostgres({ own: true });
  try {
    const [ours, other] = [
      await makeCertificate(folder, 'ours'),
      await makeCertificate(folder, 'other'),
    ];
    await useCertificate(server.url, ours);
    const withTls = (parameters: string) => `${server.url}?${parameters}`;
    const url = withTls(`sslmode=verify-full&sslrootcert=${encodeURIComponent(ours.certPath)}`);
    const writer = await openPostgresWriter({ url, historyMs: null });
    await writer.writeReadings(readingBatch(numberedReadings(40)));
    const [session] = await statement<{ ssl: boolean }>(
      server.url,
      "SELECT bool_and(s.ssl) AS ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'millrace postgres-sink'",
    );
    assert.equal(session?.ssl, true);
    await writer.close();
    for (const parameters of [
      'sslmode=verify-full',
      `sslmode=verify-full&sslrootcert=${encodeURIComponent(other.certPath)}`,
    ]) {
      const stranger = openPostgresReader({ url: withTls(parameters) });
      await assert.rejects(stranger.account(), {
        code: 'STORE_UNAVAILABLE',
        message: /self-signed/,
      });
      await stranger.close();
    }
    const trusting = openPostgresReader({ url: withTls('sslmode=no-verify') });
    assert.equal((await trusting.account()).sources.buses?.stored, 40);
    await trusting.close();
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});

interface Certificate {
  readonly certPath: string;
  readonly cert: string;
  readonly key: string;
}

async function makeCertificate(folder: string, name: string): Promise<Certificate> {
  const [certPath, keyPath] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1'];
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:172.17.0.1';
  const subject = ['-subj', '/CN=localhost', '-addext', names];
  await promisify(execFile)('openssl', [...kind, '-keyout', keyPath, '-out', certPath, ...subject]);
  return { certPath, cert: await readFile(certPath, 'utf8'), key: await readFile(keyPath, 'utf8') };
}

/** Puts the files beside the server's data, by the server itself, and turns TLS on. */
async function useCertificate(url: string, { cert, key }: Certificate): Promise<void> {
  for (const [file, pem] of [
    ['server.crt', cert],
    ['server.key', key],
  ]) {
    const lines = (pem ?? '')
      .trim()
      .split('\n')
      .map((line) => `('${line}')`);
    await statement(
      url,
      `COPY (SELECT line FROM (VALUES ${lines.join(',')}) AS v(line)) TO PROGRAM 'cat > ${file} && chmod 600 ${file}'`,
    );
  }
  await statement(url, 'ALTER SYSTEM SET ssl = on');
  await statement(url, 'SELECT pg_reload_conf()');
  await until(async () => {
    const [setting] = await statement<{ ssl: string }>(url, 'SHOW ssl');
    return setting?.ssl === 'on';
  });
}
