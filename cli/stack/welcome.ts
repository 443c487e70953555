import { firstDeliveryCommand, webhookUrl } from '../../core/config/first-delivery-command.ts';
import { firstReadingCommand } from '../../core/config/first-reading-command.ts';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { withoutCredentials } from '../../core/config/without-credentials.ts';
import { ownBrokerUrl, reachable } from '../../core/own-broker-url.ts';
import { describeStack } from './describe-stack.ts';

/** What a person wants to know once everything runs. */
export function welcome(pipeline: Pick<Pipeline, 'name' | 'sources'>, settings: Settings): string {
  const broker = ownBrokerUrl(settings) ?? settings.mqtt?.url ?? 'off';
  const first = firstReadingCommand(pipeline, settings) ?? firstDeliveryCommand(pipeline, settings);
  const hasWebhooks = Object.values(pipeline.sources).some(({ webhook }) => webhook !== undefined);
  return [
    '',
    `  Millrace runs the pipeline "${pipeline.name}".`,
    '',
    `  Dashboard  ${dashboardUrl(settings)}`,
    `  MQTT       ${withoutCredentials(broker)}`,
    ...(hasWebhooks ? [`  Webhooks   ${webhookUrl('<source>', settings)}`] : []),
    ...stackLines(settings),
    ...(first === null
      ? []
      : ['', '  A first reading of your own, from another terminal:', '', `  ${first}`]),
    '',
    '  Ctrl-C ends it.',
    '',
  ].join('\n');
}

/** The embedded stack is a folder; of servers outside each is named. */
function stackLines(settings: Settings): string[] {
  const { log, latest, history } = describeStack(settings);
  if (settings.kafka === undefined && latest === history)
    return [`  Data       ${settings.dataDir}`];
  return [`  Log        ${log}`, `  Latest     ${latest}`, `  History    ${history}`];
}

function dashboardUrl({ host, httpPort }: Pick<Settings, 'host' | 'httpPort'>): string {
  return `http://${reachable(host)}:${httpPort}`;
}
