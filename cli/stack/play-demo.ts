import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import type { Events } from '../../core/events.ts';
import { ownBrokerUrl } from '../../core/own-broker-url.ts';

/** Plays the pipeline's demonstrations until the signal aborts. One that fails is said; the services go on. */
export async function playDemo(
  { demo = [], mqtt }: Pick<Pipeline, 'demo' | 'mqtt'>,
  settings: Pick<Settings, 'mqttListen'>,
  { events, signal }: { readonly events: Events; readonly signal: AbortSignal },
): Promise<void> {
  if (demo.length === 0) return;
  const url = ownBrokerUrl(settings);
  if (url === undefined) {
    events.warn('demo.without-broker', {
      message:
        'The demonstration is not played: it publishes to our own broker, and that is off (MILLRACE_MQTT_LISTEN).',
    });
    return;
  }
  const [user] = mqtt?.users ?? [];
  const broker = { url, username: user?.username, password: user?.password };
  const plays = demo.map(async (play) => {
    try {
      await play({ broker, signal, events: events.child({ part: 'demo' }) });
    } catch (error) {
      events.error('demo.failed', { message: 'The demonstration ended with an error.', error });
    }
  });
  await Promise.all(plays);
}
