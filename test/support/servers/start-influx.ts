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

export interface Influx {
  readonly url: string;
  /** May do everything: make a bucket of your own. */
  readonly token: string;
  readonly org: string;
  readonly bucket: string;
}

const access = { token: 'token-of-the-tests', org: 'millrace', bucket: 'readings' };
const httpPort = 8086;

/** A real InfluxDB 2. */
export function startInflux(): Promise<Influx>;
export function startInflux(
  options: ServerOptions & { readonly own: true },
): Promise<Influx & ServerControl>;
export async function startInflux({
  own = false,
  reach = 'published',
}: ServerOptions = {}): Promise<Influx> {
  const container = new GenericContainer(imageOf('influxdb'))
    .withEnvironment({
      DOCKER_INFLUXDB_INIT_MODE: 'setup',
      DOCKER_INFLUXDB_INIT_USERNAME: 'millrace',
      DOCKER_INFLUXDB_INIT_PASSWORD: 'password-of-the-tests',
      DOCKER_INFLUXDB_INIT_ORG: access.org,
      DOCKER_INFLUXDB_INIT_BUCKET: access.bucket,
      DOCKER_INFLUXDB_INIT_ADMIN_TOKEN: access.token,
    })
    // The server of the set-up listens on another port.
    .withWaitStrategy(Wait.forHttp('/health', httpPort).withStartupTimeout(120_000));
  if (!own) {
    container.withTmpFs({ '/var/lib/influxdb2': 'rw,size=2g' }).withExposedPorts(httpPort);
    const shared = await shareServer('influxdb', container);
    return { url: `http://${shared.getHost()}:${shared.getMappedPort(httpPort)}`, ...access };
  }
  const ports = { container: httpPort, host: await freePort() };
  const started = await startOwnServer(container.withExposedPorts(ports));
  const url = `http://${textOf(addressOf(started, ports, reach))}`;
  return { url, ...access, ...controlServer(started) };
}
