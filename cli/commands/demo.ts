import { Registry } from 'prom-client';
import { loadPipeline } from '../../core/config/load-pipeline.ts';
import { createEvents } from '../../core/events.ts';
import { abortOnSignals } from '../abort-on-signals.ts';
import { commandSettings, configOption, defaultConfig } from '../command-settings.ts';
import { defineCommand } from '../define-command.ts';
import { publishOptions, publishTarget } from '../publish-options.ts';
import { demoWebhooks } from '../stack/play-demo.ts';
import { UsageError } from '../usage-error.ts';

export const demo = defineCommand({
  description: `Plays the demonstration of the configuration at a broker, until Ctrl-C, as up does at our own. Nothing is played to an
outside broker unless this command is told its address.`,
  options: { config: configOption, ...publishOptions },
  examples: ['millrace demo --config examples/city/millrace.config.ts --url mqtt://127.0.0.1:1883'],
  async run({ values, operands }) {
    if (operands.length > 0) throw new UsageError(`demo takes no operand: "${operands[0]}".`);
    const settings = commandSettings({});
    const { logLevel: level } = settings;
    const config = values.config ?? defaultConfig;
    const pipeline = await loadPipeline(config, console.error);
    const broker = publishTarget(values);
    if (pipeline.demo === undefined || pipeline.demo.length === 0) {
      console.error(`${config} has no demonstration: there is nothing to play.`);
      return 1;
    }
    const signal = abortOnSignals();
    const events = createEvents({
      level,
      metrics: new Registry(),
      pretty: process.stdout.isTTY === true,
    });
    const webhooks = demoWebhooks(settings);
    await Promise.all(pipeline.demo.map((play) => play({ broker, webhooks, signal, events })));
    return 0;
  },
});
