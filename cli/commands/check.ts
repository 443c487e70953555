import { loadPipeline } from '../../core/config/load-pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { isMillraceError } from '../../core/errors.ts';
import type { ConnectCheck } from '../check/connect-check.ts';
import { connectChecks } from '../check/connect-checks.ts';
import {
  commandSettings,
  configOption,
  dataDirOption,
  defaultConfig,
  jsonOption,
} from '../command-settings.ts';
import { defineCommand } from '../define-command.ts';
import { trySamples } from '../sample/try-samples.ts';
import { UsageError } from '../usage-error.ts';

interface Findings {
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
  readonly connections: readonly ConnectCheck[];
}

export const check = defineCommand({
  description: `Says every fault of the settings and the configuration at once: its place, what was expected, what came.
Exit code 1 when there is one. With --sample it says what a payload becomes instead: its readings as they would be
stored, with units and times, what is dropped, and dead letters with reason, place and sentence (then exit code 1).
A sample is a payload, or {"topic", "contentType", "payload" or "payloadBase64"}, or several of those.`,
  options: {
    config: configOption,
    'data-dir': dataDirOption,
    connect: {
      type: 'boolean',
      help: 'also tries ports, data folder, servers outside and polled sources (with millrace up stopped)',
    },
    sample: { type: 'string', value: 'FILE', help: 'tries this payload; - reads standard input' },
    source: {
      type: 'string',
      value: 'NAME',
      help: 'the source that the sample is for; that of its topic, or the only one, when absent',
    },
    topic: { type: 'string', value: 'T', help: 'the topic (or path) that the sample came with' },
    'content-type': { type: 'string', value: 'C', help: 'as the sender of the sample declares it' },
    json: jsonOption,
  },
  examples: [
    'millrace check --connect',
    'millrace check --sample packet.json --source air --topic city/north/s1/state',
    "mosquitto_sub -C 1 -t 'tele/+/SENSOR' | millrace check --sample - --source plugs --topic tele/desk/SENSOR",
  ],
  async run({ values, operands }) {
    if (values.sample !== undefined) return checkSamples(values.sample, values, operands);
    for (const option of ['source', 'topic', 'content-type'] as const)
      if (values[option] !== undefined)
        throw new UsageError(`--${option} goes with --sample FILE.`);
    const warnings: string[] = [];
    const faults: string[] = [];
    const note = (error: unknown) => {
      if (!isMillraceError(error)) throw error;
      faults.push(error.message);
    };
    let settings: Settings | undefined;
    try {
      settings = commandSettings({ dataDir: values['data-dir'] }, (line) => warnings.push(line));
    } catch (error) {
      note(error);
    }
    const config = values.config ?? operands[0] ?? defaultConfig;
    const pipeline = await loadPipeline(config, (line) => warnings.push(line)).catch(note);
    const connections =
      values.connect && settings ? await connectChecks(settings, pipeline ?? undefined) : [];
    const findings = { faults, warnings, connections };
    console.log(values.json ? JSON.stringify(findings) : report(config, findings));
    return faults.length === 0 && connections.every(({ ok }) => ok) ? 0 : 1;
  },
});

interface SampleValues {
  readonly config?: string | undefined;
  readonly source?: string | undefined;
  readonly topic?: string | undefined;
  readonly 'content-type'?: string | undefined;
  readonly json?: boolean | undefined;
}

async function checkSamples(file: string, values: SampleValues, operands: readonly string[]) {
  const pipeline = await loadPipeline(values.config ?? operands[0] ?? defaultConfig);
  const { source, topic } = values;
  const contentType = values['content-type'];
  const { text, json, isWell } = await trySamples(file, pipeline, { source, topic, contentType });
  console.log(values.json ? JSON.stringify(json) : text);
  return isWell ? 0 : 1;
}

function report(config: string, { faults, warnings, connections }: Findings): string {
  return [
    ...faults,
    ...warnings.map((warning) => `Note: ${warning}`),
    ...connections.map(({ what, ok, found, detail }) =>
      ok ? `ok      ${what}${found ? `: ${found}` : ''}` : `FAILED  ${what}: ${detail}`,
    ),
    ...(faults.length === 0 ? [`${config} is valid.`] : []),
  ].join('\n');
}
