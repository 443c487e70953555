import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { settingDeclarations } from '../../../core/config/settings-schema.ts';

interface Service {
  readonly ports?: readonly string[];
  readonly container_name?: string;
  readonly restart?: string;
  readonly logging?: object;
  readonly mem_limit?: string;
  readonly cpus?: number;
  readonly healthcheck?: object;
  readonly build?: string;
  readonly env_file?: readonly { path: string; required: boolean }[];
  readonly environment?: Readonly<Record<string, string>>;
}

const text = readFileSync('docker-compose.yml', 'utf8');
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };
const all = Object.entries(services);

/** Which of the services fit. */
const named = (fits: (service: Service) => boolean) =>
  all.filter(([, service]) => fits(service)).map(([name]) => name);

test('every port of docker-compose.yml is published on 127.0.0.1, and may be another one', () => {
  const ports = all.flatMap(([, service]) => service.ports ?? []);
  assert.ok(ports.length >= 5);
  for (const port of ports)
    assert.match(port, /^127\.0\.0\.1:\$\{MILLRACE_[A-Z]+_PORT:-\d+\}:\d+$/);
});

test('services that scale have neither a name nor a port of their own', () => {
  assert.deepEqual(
    named(({ container_name }) => container_name !== undefined),
    [],
  );
  for (const name of ['enricher', 'influx-sink', 'postgres-sink'])
    assert.equal(services[name]?.ports, undefined, name);
});

test('every composed container is bounded, is started again, and rotates its log', () => {
  assert.deepEqual(
    named(
      ({ mem_limit, cpus, restart, logging }) =>
        mem_limit === undefined || cpus === undefined || restart === undefined || !logging,
    ),
    [],
  );
});

test("every composed server has a health check; those of the services are the image's", () => {
  assert.deepEqual(
    named(({ build, healthcheck }) => build === undefined && healthcheck === undefined),
    ['prometheus'],
  );
});

test('every service is told the secrets of the pipeline, all of which it reads; a pipeline without any needs no file', () => {
  const told = { path: `\${MILLRACE_ENV_FILE:-./pipeline.env}`, required: false };
  for (const [name, { build, env_file }] of all)
    assert.deepEqual(env_file, build === undefined ? undefined : [told], name);
});

test('what docker-compose.yml sets are settings of Millrace, and its secrets are files that exist', () => {
  const names = all.flatMap(([, { environment }]) =>
    Object.keys(environment ?? {}).filter((name) => name.startsWith('MILLRACE_')),
  );
  const known = Object.keys(settingDeclarations);
  for (const name of names) assert.ok(known.includes(name.replace(/_FILE$/, '')), name);
  const folder = './infra/development-secrets';
  const secrets = [...text.matchAll(/file: \$\{MILLRACE_SECRETS:-([^}]+)\}\/(\S+)/g)];
  assert.equal(secrets.length, 5);
  for (const [, where, name] of secrets) {
    assert.equal(where, folder);
    assert.ok(existsSync(`${folder}/${name}`), name);
  }
});
