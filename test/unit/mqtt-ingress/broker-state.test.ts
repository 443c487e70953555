import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Aedes } from 'aedes';
import { Registry } from 'prom-client';
import { makeDataFolder } from '../../../cli/bench/millrace-process.ts';
import { BrokerState } from '../../../services/mqtt-ingress/broker-state.ts';
import { IngressMetrics } from '../../../services/mqtt-ingress/ingress-metrics.ts';
import { MqttDb } from '../../../services/mqtt-ingress/mqtt-db.ts';

interface Sessions {
  addSubscriptions(
    client: { id: string },
    filters: { topic: string; qos: number }[],
  ): Promise<void>;
  removeSubscriptions(client: { id: string }, filters: string[]): Promise<void>;
  cleanSubscriptions(client: { id: string }): Promise<void>;
}

/** What a broker keeps of lasting sessions, with room for three filters. */
async function openState(folder: string) {
  const db = new MqttDb(folder);
  const state = new BrokerState(db, new IngressMetrics(new Registry()), 3);
  const broker = new Aedes();
  await broker.listen();
  await state.restore(broker);
  const sessions = (broker as unknown as { persistence: Sessions }).persistence;
  const close = () => new Promise<void>((resolve) => broker.close(() => resolve(db.close())));
  return { state, sessions, close };
}

test('lasting sessions hold so many filters together, of every QoS, also after a restart', async () => {
  const folder = await makeDataFolder();
  const first = await openState(folder.path);
  await first.sessions.addSubscriptions({ id: 'a' }, [
    { topic: 'x', qos: 0 },
    { topic: 'y', qos: 1 },
  ]);
  assert.equal(first.state.takesFilters, true);
  await first.sessions.addSubscriptions({ id: 'b' }, [{ topic: 'x', qos: 0 }]);
  assert.equal(first.state.takesFilters, false);
  await first.close();

  const second = await openState(folder.path);
  assert.equal(second.state.takesFilters, false);
  await second.sessions.removeSubscriptions({ id: 'a' }, ['x']);
  assert.equal(second.state.takesFilters, true);
  await second.sessions.addSubscriptions({ id: 'a' }, [{ topic: 'z', qos: 1 }]);
  assert.equal(second.state.takesFilters, false);
  await second.sessions.cleanSubscriptions({ id: 'b' });
  assert.equal(second.state.takesFilters, true);
  await second.close();
  await folder.remove();
});
