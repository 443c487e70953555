import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import type { InfluxSettings } from '../../../core/config/settings.ts';
import { isMillraceError } from '../../../core/errors.ts';
import { InfluxConnection } from '../../../stores/influx/influx-connection.ts';
import { openInfluxReader, openInfluxWriter } from '../../../stores/influx/open-influx-store.ts';
import { makeReading } from '../../support/make-reading.ts';
import { withoutEngine } from '../../support/require-stack.ts';
import { influx1Image } from '../../support/servers/image-of.ts';
import { startInflux } from '../../support/servers/start-influx.ts';
import { startOwnServer } from '../../support/servers/start-server.ts';
import { readingBatch } from './store-under-test.ts';

const skip = withoutEngine();
const batch = readingBatch([makeReading({ numbers: { speed: 1 } })]);

async function write(influx: InfluxSettings) {
  const writer = openInfluxWriter({ influx, historyMs: null, now: () => Date.now() * 1000 });
  try {
    return await writer.writeReadings(batch);
  } finally {
    writer.close();
  }
}

async function read(influx: InfluxSettings) {
  const reader = openInfluxReader({ influx });
  try {
    return await reader.series({
      entities: [{ entityType: 'bus', entityId: '18/1029' }],
      fields: ['speed'],
      from: 0,
      to: 2 ** 52,
      fn: 'last',
      maxPoints: 10,
    });
  } finally {
    await reader.close();
  }
}

const misconfigured = (words: RegExp) => (error: unknown) => {
  assert.ok(isMillraceError(error, 'STORE_MISCONFIGURED'), String(error));
  assert.match(error.message, words);
  return true;
};

test('an InfluxDB that does not answer is away', async () => {
  const url = 'http://127.0.0.1:1';
  const influx: InfluxSettings = { version: 2, url, token: 't', org: 'o', bucket: 'b' };
  for (const attempt of [write(influx), read(influx)])
    await assert.rejects(attempt, (error) => isMillraceError(error, 'STORE_UNAVAILABLE'));
});

describe('access to InfluxDB 2', { skip }, () => {
  type Settings2 = Extract<InfluxSettings, { version: 2 }>;
  let all: Settings2;
  before(async () => {
    const { url, token, org } = await startInflux();
    all = { version: 2, url, token, org, bucket: `access-${randomUUID()}` };
  });

  /** A token of the organization with only this right, on all buckets. */
  async function tokenThatMay(action: 'read' | 'write'): Promise<string> {
    const connection = new InfluxConnection(all);
    const call = async (...call: Parameters<InfluxConnection['call']>) =>
      (await connection.call(...call)) as { orgs: { id: string }[]; token: string };
    const orgID = (await call('GET', '/api/v2/orgs', { org: all.org })).orgs[0]?.id ?? '';
    const { buckets } = (await connection.call('GET', '/api/v2/buckets', {
      org: all.org,
      name: all.bucket,
    })) as { buckets: { id: string }[] };
    const permissions = [
      { action, resource: { type: 'buckets', orgID, id: buckets[0]?.id ?? '' } },
    ];
    const { token } = await call('POST', '/api/v2/authorizations', {}, { orgID, permissions });
    connection.close();
    return token;
  }

  test('a token that may only write is enough for a bucket that is there, one that may only read for series', async () => {
    await write(all);
    const { sources } = await write({ ...all, token: await tokenThatMay('write') });
    assert.equal(sources.get('buses')?.stored, 1);
    const series = await read({ ...all, token: await tokenThatMay('read') });
    assert.equal(series[0]?.points[0]?.[1], 1);
  });

  test('a bucket that is missing and may not be made is named, with what to do', async () => {
    await write(all);
    const missing = { ...all, bucket: 'missing', token: await tokenThatMay('write') };
    await assert.rejects(
      write(missing),
      misconfigured(/bucket missing.*not found.*influx bucket create --org \S+ --name missing/s),
    );
    await assert.rejects(read({ ...all, bucket: 'missing' }), misconfigured(/bucket missing/));
  });

  test('a token that is wrong, one that may not write, and an unknown organization are said', async () => {
    await write(all);
    await assert.rejects(write({ ...all, token: 'wrong' }), misconfigured(/Give a token/));
    await assert.rejects(read({ ...all, token: 'wrong' }), misconfigured(/Give a token/));
    const mayRead = { ...all, token: await tokenThatMay('read') };
    await assert.rejects(write(mayRead), misconfigured(/Give a token/));
    await assert.rejects(write({ ...all, org: 'nobody' }), misconfigured(/nobody/));
  });

  test('a bucket with a slash in its name is written and read', async () => {
    const influx = { ...all, bucket: `city/${randomUUID()}` };
    await write(influx);
    assert.equal((await read(influx))[0]?.points[0]?.[1], 1);
  });
});

describe('access to InfluxDB 1 with users', { skip }, () => {
  type Settings1 = Extract<InfluxSettings, { version: 1 }>;
  let server: StartedTestContainer;
  let admin: Settings1;
  before(async () => {
    const container = new GenericContainer(influx1Image)
      .withEnvironment({
        INFLUXDB_HTTP_AUTH_ENABLED: 'true',
        INFLUXDB_REPORTING_DISABLED: 'true',
        INFLUXDB_ADMIN_USER: 'admin',
        INFLUXDB_ADMIN_PASSWORD: 'secret of "admin"',
      })
      .withExposedPorts(8086)
      .withWaitStrategy(Wait.forHttp('/ping', 8086).forStatusCode(204));
    server = await startOwnServer(container);
    const url = `http://${server.getHost()}:${server.getMappedPort(8086)}`;
    const [username, password] = ['admin', 'secret of "admin"'];
    admin = { version: 1, url, database: 'city', username, password };
  });
  after(() => server?.stop());

  test('an administrator makes the database, a user who may only write it is enough, a wrong password is said', async () => {
    assert.equal((await write(admin)).sources.get('buses')?.stored, 1);
    const connection = new InfluxConnection(admin);
    await connection.query(`CREATE USER writer WITH PASSWORD 'w'; GRANT WRITE ON "city" TO writer`);
    connection.close();
    const writer = { ...admin, username: 'writer', password: 'w' };
    assert.equal((await write(writer)).sources.get('buses')?.stored, 1);
    await assert.rejects(write({ ...admin, password: 'wrong' }), misconfigured(/Give a token/));
    await assert.rejects(write({ ...writer, database: 'other' }), misconfigured(/other/));
    await assert.rejects(read(writer), misconfigured(/city/));
    assert.equal((await read(admin))[0]?.points[0]?.[1], 1);
  });
});
