import { GenericContainer, Wait } from 'testcontainers';
import { influx1Image } from './image-of.ts';
import { shareServer } from './start-server.ts';

export interface Influx1 {
  readonly url: string;
  readonly database: string;
}

const httpPort = 8086;
const database = 'readings';

/** A real InfluxDB 1, without users. Make a database of your own by `POST /query?q=CREATE DATABASE ...`. */
export async function startInflux1(): Promise<Influx1> {
  const container = new GenericContainer(influx1Image)
    .withEnvironment({ INFLUXDB_DB: database, INFLUXDB_REPORTING_DISABLED: 'true' })
    .withTmpFs({ '/var/lib/influxdb': 'rw,size=2g' })
    .withExposedPorts(httpPort)
    .withWaitStrategy(
      Wait.forHttp('/ping', httpPort).forStatusCode(204).withStartupTimeout(120_000),
    );
  const shared = await shareServer('influxdb1', container);
  return { url: `http://${shared.getHost()}:${shared.getMappedPort(httpPort)}`, database };
}
