import { GenericContainer, Wait } from 'testcontainers';
import { freePort } from '../../../cli/bench/millrace-process.ts';
import { imageOf } from './image-of.ts';
import {
  addressOf,
  controlServer,
  type ServerControl,
  type ServerOptions,
  shareServer,
  startOwnServer,
  textOf,
} from './start-server.ts';

export interface Postgres {
  /** As a superuser: make a database of your own by `CREATE DATABASE`. This one has PostGIS. */
  readonly url: string;
}

const port = 5432;
const name = 'millrace';
const password = 'password-of-the-tests';
const dataFolder = '/var/lib/postgresql/data';
const urlOf = (address: string) => `postgres://${name}:${password}@${address}/${name}`;

/** A real Postgres with PostGIS. The shared one keeps its data in memory and doesn't sync; one of your own does. */
export function startPostgres(): Promise<Postgres>;
export function startPostgres(
  options: ServerOptions & { readonly own: true },
): Promise<Postgres & ServerControl>;
export async function startPostgres({
  own = false,
  reach = 'published',
}: ServerOptions = {}): Promise<Postgres> {
  const container = new GenericContainer(imageOf('postgres'))
    .withEnvironment({ POSTGRES_USER: name, POSTGRES_PASSWORD: password, POSTGRES_DB: name })
    // With -h: the server of the set-up answers on its socket only.
    .withWaitStrategy(
      Wait.forSuccessfulCommand(
        `pg_isready -q -h 127.0.0.1 -U ${name} -d ${name}`,
      ).withStartupTimeout(120_000),
    );
  if (!own) {
    container
      .withTmpFs({ [dataFolder]: 'rw,size=2g' })
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=200'])
      .withExposedPorts(port);
    const shared = await shareServer('postgres', container);
    return { url: urlOf(`${shared.getHost()}:${shared.getMappedPort(port)}`) };
  }
  const ports = { container: port, host: await freePort() };
  const started = await startOwnServer(container.withExposedPorts(ports));
  return { url: urlOf(textOf(addressOf(started, ports, reach))), ...controlServer(started) };
}
