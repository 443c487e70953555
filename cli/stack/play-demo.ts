import { webhookUrl } from '../../core/config/first-delivery-command.ts';
import type { DemoContext, Pipeline } from '../../core/config/pipeline.ts';
import { secretText } from '../../core/config/secret.ts';
import type { Settings } from '../../core/config/settings.ts';
import { isMillraceError, MillraceError } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { ownBrokerUrl } from '../../core/own-broker-url.ts';

export type DemoSettings = Pick<Settings, 'mqttListen' | 'host' | 'webhookPort' | 'webhookTls'>;

/** Plays the pipeline's demonstrations until the signal aborts. One that fails is said; the services go on. */
export async function playDemo(
  { demo = [], mqtt }: Pick<Pipeline, 'demo' | 'mqtt'>,
  settings: DemoSettings,
  { events, signal }: { readonly events: Events; readonly signal: AbortSignal },
): Promise<void> {
  const context: DemoContext = {
    get broker() {
      return ownBroker(mqtt, settings);
    },
    webhooks: demoWebhooks(settings),
    signal,
    events: events.child({ part: 'demo' }),
  };
  const plays = demo.map(async (play) => {
    try {
      await play(context);
    } catch (error) {
      if (isMillraceError(error, 'SETTING_INVALID'))
        events.warn('demo.without-broker', { message: error.message });
      else
        events.error('demo.failed', { message: 'The demonstration ended with an error.', error });
    }
  });
  await Promise.all(plays);
}

/** Where demonstrations send their deliveries to. */
export function demoWebhooks(settings: DemoSettings): DemoContext['webhooks'] {
  return { url: webhookUrl('', settings).replace(/\/$/, '') };
}

/** Only a demonstration that publishes asks for it. */
function ownBroker(
  mqtt: Pipeline['mqtt'],
  settings: Pick<Settings, 'mqttListen'>,
): DemoContext['broker'] {
  const url = ownBrokerUrl(settings);
  if (url === undefined)
    throw new MillraceError(
      'SETTING_INVALID',
      'The demonstration is not played: it publishes to our own broker, and that is off (MILLRACE_MQTT_LISTEN).',
    );
  const [user] = mqtt?.users ?? [];
  return { url, username: user?.username, password: user && secretText(user.password) };
}
