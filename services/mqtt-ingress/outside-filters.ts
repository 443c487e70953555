import { filtersOf } from '../../core/config/filters-of.ts';
import type { Pipeline } from '../../core/config/pipeline.ts';
import { MillraceError } from '../../core/errors.ts';
import type { MqttDb } from './mqtt-db.ts';
import type { OutsideClient } from './outside-client.ts';

/** Filter -> QoS, of all sources; where two name the same filter the higher QoS counts. */
export function wantedFilters(sources: Pipeline['sources']): Map<string, number> {
  const wanted = new Map<string, number>();
  for (const source of Object.values(sources)) {
    for (const filter of filtersOf(source)) {
      wanted.set(filter, Math.max(wanted.get(filter) ?? 0, source.qos ?? 1));
    }
  }
  return wanted;
}

export interface FilterSync {
  readonly client: Pick<OutsideClient, 'subscribe' | 'unsubscribe'>;
  readonly db: MqttDb;
  /** Names the broker and our session there. */
  readonly session: string;
  /** Of the CONNACK: the broker still has our session, subscriptions and all. */
  readonly sessionPresent: boolean;
  readonly wanted: ReadonlyMap<string, number>;
}

/**
 * Makes the session's subscriptions those that are wanted: unsubscribes what the configuration no longer has and
 * subscribes what is missing. What the session already has is left alone, since subscribing again brings every
 * retained packet again. What there is, is remembered before it is asked for, so that nothing stale is forgotten by a
 * crash in between. Throws `BROKER_REFUSED` when the broker refuses a filter.
 */
export async function syncFilters(sync: FilterSync): Promise<void> {
  const { client, db, session, sessionPresent, wanted } = sync;
  const known = db.subscribed(session);
  const confirmed = sessionPresent ? known : new Map<string, number>();
  const stale = [...known.keys()].filter((filter) => !wanted.has(filter));
  const missing = [...wanted].filter(([filter, qos]) => confirmed.get(filter) !== qos);
  // -1: perhaps subscribed. It is never equal to a QoS, so it is asked for again.
  const perhaps = missing.map(([filter]) => [filter, -1] as const);
  db.saveSubscribed(session, new Map([...known, ...perhaps]));
  if (stale.length > 0 && sessionPresent) await client.unsubscribe(stale);
  if (missing.length > 0) await subscribe(client, missing);
  db.saveSubscribed(session, wanted);
}

async function subscribe(
  client: FilterSync['client'],
  filters: readonly (readonly [filter: string, qos: number])[],
): Promise<void> {
  // MQTT 5, 3.8.3.1: retain handling 1 sends retained packets only where the subscription is new.
  const granted = await client.subscribe(
    filters.map(([topic, qos]) => ({ topic, qos: qos === 0 ? 0 : 1, rh: 1 })),
  );
  const refused = filters.flatMap(([filter], index) =>
    (granted[index] ?? 0x80) >= 0x80 ? [filter] : [],
  );
  if (refused.length > 0) {
    throw new MillraceError(
      'BROKER_REFUSED',
      `The MQTT broker refuses the subscription to ${refused.join(', ')}. Let this user read there, or take the filter out of the sources.`,
    );
  }
}
