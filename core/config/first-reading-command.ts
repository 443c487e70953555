import { ownBrokerUrl } from '../own-broker-url.ts';
import type { Pipeline } from './pipeline.ts';
import type { Settings } from './settings.ts';
import { quoted } from './shell-word.ts';

/**
 * One line for a shell on this machine that publishes a first reading to our own broker; null when that is off or no
 * source gives an `example`. The address stands in it only where it isn't the default.
 */
export function firstReadingCommand(
  { sources }: Pick<Pipeline, 'sources'>,
  settings: Pick<Settings, 'mqttListen'>,
): string | null {
  const url = ownBrokerUrl(settings);
  const example = Object.values(sources).find((source) => source.example?.topic)?.example;
  if (example?.topic === undefined || url === undefined) return null;
  const command = `npx millrace publish ${quoted(example.topic)} ${quoted(example.payload)}`;
  return url === 'mqtt://127.0.0.1:1883' ? command : `${command} --url ${url}`;
}
