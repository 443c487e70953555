import { firstReadingCommand } from '../../core/config/first-reading-command.ts';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { ownBrokerUrl, reachable } from '../../core/own-broker-url.ts';

/** What a person wants to know once everything runs. */
export function welcome(pipeline: Pipeline, settings: Settings): string {
  const url = ownBrokerUrl(settings);
  const first = firstReadingCommand(pipeline, settings);
  return [
    '',
    `  Millrace runs the pipeline "${pipeline.name}".`,
    '',
    `  Dashboard  ${dashboardUrl(settings)}`,
    `  MQTT       ${url ?? settings.mqtt?.url ?? 'off'}`,
    `  Data       ${settings.dataDir}`,
    ...(first === null
      ? []
      : ['', '  A first reading of your own, from another terminal:', '', `  ${first}`]),
    '',
    '  Ctrl-C ends it.',
    '',
  ].join('\n');
}

function dashboardUrl({ host, httpPort }: Pick<Settings, 'host' | 'httpPort'>): string {
  return `http://${reachable(host)}:${httpPort}`;
}
