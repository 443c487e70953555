import { loadPipeline } from '../../core/config/load-pipeline.ts';
import {
  commandSettings,
  configOption,
  dataDirOption,
  defaultConfig,
} from '../command-settings.ts';
import { defineCommand } from '../define-command.ts';
import { playDemo } from '../stack/play-demo.ts';
import { runUntilStopped } from '../stack/run-until-stopped.ts';
import { servicesFor } from '../stack/service-starts.ts';
import { welcome } from '../stack/welcome.ts';
import { UsageError } from '../usage-error.ts';

export const up = defineCommand({
  description: `Starts every service in this process and says where to look. Ctrl-C (SIGINT, SIGTERM) stops the input, lets what was
accepted be written, and ends within 10 s; a second one ends at once.`,
  options: {
    config: configOption,
    'data-dir': dataDirOption,
    'no-demo': { type: 'boolean', help: "leaves out the configuration's demonstration" },
  },
  examples: ['millrace up --config examples/city/millrace.config.ts'],
  async run({ values, operands }) {
    if (operands.length > 0)
      throw new UsageError(
        `up takes no operand: "${operands[0]}". Single services are for millrace run.`,
      );
    const settings = commandSettings({ dataDir: values['data-dir'] });
    const pipeline = await loadPipeline(values.config ?? defaultConfig, console.error);
    return runUntilStopped({
      pipeline,
      settings,
      services: servicesFor(settings, pipeline),
      whenUp: async (running) => {
        console.error(welcome(pipeline, settings));
        if (!values['no-demo']) await playDemo(pipeline, settings, running);
      },
    });
  },
});
