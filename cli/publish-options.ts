import { ownBrokerUrl } from '../core/own-broker-url.ts';
import { commandSettings } from './command-settings.ts';
import { UsageError } from './usage-error.ts';

/** Options of the commands that publish. */
export const publishOptions = {
  url: {
    type: 'string',
    value: 'URL',
    help: 'the broker, mqtt://host:port or mqtts://...; our own (MILLRACE_MQTT_LISTEN) when absent',
  },
  username: { type: 'string', value: 'NAME', help: 'at the broker' },
  password: { type: 'string', value: 'TEXT', help: 'at the broker; better in MQTT_PASSWORD' },
} as const;

interface PublishValues {
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** Where and as whom to publish. */
export function publishTarget(values: PublishValues) {
  const url = values.url ?? ownBrokerUrl(commandSettings({}));
  if (url === undefined)
    throw new UsageError(
      'Our own broker is off (MILLRACE_MQTT_LISTEN): give --url mqtt://host:port.',
    );
  if (!/^(mqtts?|wss?):\/\/./.test(url))
    throw new UsageError(`--url should be like mqtt://127.0.0.1:1883, and is "${url}".`);
  return { url, username: values.username, password: values.password ?? process.env.MQTT_PASSWORD };
}
