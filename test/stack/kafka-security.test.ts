import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../../cli/bench/millrace-process.ts';
import type { KafkaSettings } from '../../core/config/settings.ts';
import { isMillraceError } from '../../core/errors.ts';
import { openKafkaLog, openKafkaLogReader } from '../../core/log/kafka/open-kafka-log.ts';
import { record, topic } from '../contract/log/log-driver.ts';
import { readAll } from '../contract/log/read-records.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { KafkaContainer } from '../support/servers/kafka-container.ts';
import { startOwnServer } from '../support/servers/start-server.ts';

const options = { skip: withoutEngine(), timeout: 120_000 };
const username = 'millrace';
const password = 'right horse';
const loginModule = 'org.apache.kafka.common.security';

/** One broker that clients reach with TLS and a password alone. */
class SecureKafka extends KafkaContainer {
  constructor(port: number, pem: string) {
    super();
    this.withEnvironment({
      KAFKA_LISTENERS: 'SECURE://:9092,BROKER://:19092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `SECURE://localhost:${port},BROKER://localhost:19092`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'SECURE:SASL_SSL,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_LISTENER_NAME_SECURE_SSL_KEYSTORE_TYPE: 'PEM',
      KAFKA_LISTENER_NAME_SECURE_SSL_KEYSTORE_LOCATION: '/tmp/server.pem',
      KAFKA_LISTENER_NAME_SECURE_SASL_ENABLED_MECHANISMS: 'PLAIN,SCRAM-SHA-256',
      KAFKA_LISTENER_NAME_SECURE_PLAIN_SASL_JAAS_CONFIG: `${loginModule}.plain.PlainLoginModule required user_${username}="${password}";`,
      // In these names three underscores are a hyphen.
      KAFKA_LISTENER_NAME_SECURE_SCRAM___SHA___256_SASL_JAAS_CONFIG: `${loginModule}.scram.ScramLoginModule required;`,
    });
    this.withCopyContentToContainer([{ content: pem, target: '/tmp/server.pem', mode: 0o644 }]);
    this.withCommand(['/etc/kafka/docker/run']);
    this.withExposedPorts({ container: 9092, host: port });
  }

  /** Its address is known before. */
  protected override async containerStarting(): Promise<void> {}
}

let settings: KafkaSettings;
let folder: string;
let stop = async () => {};
before(async () => {
  if (options.skip) return;
  folder = await mkdtemp(join(tmpdir(), 'millrace-secure-'));
  const port = await freePort();
  const { cert, key } = await makeCertificate();
  const server = await startOwnServer(new SecureKafka(port, key + cert));
  stop = async () => void (await server.stop());
  const account = `SCRAM-SHA-256=[password=${password}]`;
  const { exitCode, output } = await server.exec([
    ...['/opt/kafka/bin/kafka-configs.sh', '--bootstrap-server', 'localhost:19092', '--alter'],
    ...['--entity-type', 'users', '--entity-name', username, '--add-config', account],
  ]);
  assert.equal(exitCode, 0, output);
  settings = {
    brokers: [`localhost:${port}`],
    tls: { ca: cert, cert: undefined, key: undefined },
    sasl: { mechanism: 'scram-sha-256', username, password },
    topicPrefix: 'secure.',
    replication: 1,
  };
});
after(async () => {
  await stop();
  if (folder) await rm(folder, { recursive: true });
});

async function makeCertificate(): Promise<{ cert: string; key: string }> {
  const [certPath, keyPath] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  await promisify(execFile)('openssl', [...kind, '-keyout', keyPath, '-out', certPath, ...names]);
  return { cert: await readFile(certPath, 'utf8'), key: await readFile(keyPath, 'utf8') };
}

const sasl = (mechanism: 'plain' | 'scram-sha-256', given = password) => ({
  ...settings,
  topicPrefix: `${mechanism}.`,
  sasl: { mechanism, username, password: given },
});

for (const mechanism of ['plain', 'scram-sha-256'] as const) {
  test(
    `records go in, are processed and come out over TLS with ${mechanism}`,
    options,
    async () => {
      const kafka = sasl(mechanism);
      const log = await openKafkaLog({ kafka, stateFolder: join(folder, mechanism) });
      try {
        await log.createTopics([topic('in', 2), topic('out', 2)]);
        const { promise: processed, resolve } = Promise.withResolvers<void>();
        await log.process({
          group: 'g',
          topics: ['in'],
          handle: async ({ records }) => records.map(({ key }) => record('out', key, 'out')),
        });
        await log.consume({ group: 'c', topics: ['out'], handle: async () => resolve() });
        await log.append([record('in', 'k', 'in')]);
        await processed;
        const reader = await openKafkaLogReader({ kafka });
        assert.deepEqual((await readAll(reader, ['in', 'out'])).map(({ text }) => text).sort(), [
          'in',
          'out',
        ]);
        await reader.close();
      } finally {
        await log.close();
      }
    },
  );

  test(`a wrong password for ${mechanism} is told with its setting`, options, async () => {
    const kafka = sasl(mechanism, 'wrong');
    for (const open of [
      () => openKafkaLog({ kafka, stateFolder: join(folder, 'wrong') }),
      () => openKafkaLogReader({ kafka }),
    ])
      await assert.rejects(open, (error) => {
        assert.ok(isMillraceError(error, 'LOG_UNAVAILABLE'), `${error}`);
        assert.match(error.message, /MILLRACE_KAFKA_SASL_PASSWORD/);
        assert.doesNotMatch(error.message, /wrong/);
        return true;
      });
  });
}

test(
  'brokers whose certificate nobody vouches for are refused, with the setting that mends it',
  options,
  async () => {
    const kafka = { ...settings, tls: { ca: undefined, cert: undefined, key: undefined } };
    for (const open of [
      () => openKafkaLog({ kafka, stateFolder: join(folder, 'untrusted') }),
      () => openKafkaLogReader({ kafka }),
    ])
      await assert.rejects(open, (error) => {
        assert.ok(isMillraceError(error, 'LOG_UNAVAILABLE'), `${error}`);
        assert.match(error.message, /MILLRACE_KAFKA_TLS_CA/);
        return true;
      });
  },
);
