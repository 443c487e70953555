import { once } from 'node:events';
import type { DemoContext, SecretText } from 'millrace';
import { credentials, port } from './credentials.ts';
import { startProvider } from './provider/start-provider.ts';

/** The providers of the example, for as long as Millrace runs. WAREHOUSE_QUIET=1: nothing is moved. */
export async function serveTheWarehouse({ events, signal }: DemoContext): Promise<void> {
  const turnMs = process.env.WAREHOUSE_QUIET === '1' ? 0 : 2000;
  const { client, apiKey, user } = credentials;
  const provider = await startProvider({
    ...{ port, turnMs, apiKey: textOf(apiKey) },
    client: { id: client.id, secret: textOf(client.secret) },
    user: { name: user.name, password: textOf(user.password) },
  });
  events.info('demo.warehouse-serves', {
    message: `The warehouse's three APIs answer on http://127.0.0.1:${provider.port}.`,
  });
  if (!signal.aborted) await once(signal, 'abort');
  await provider.stop();
}

function textOf(secret: SecretText): string {
  return typeof secret === 'string' ? secret : (secret.value ?? '');
}
