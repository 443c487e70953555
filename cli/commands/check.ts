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

interface Findings {
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
  readonly connections: readonly ConnectCheck[];
}

export const check = defineCommand({
  description: `Says every fault of the settings and the configuration at once: its place, what was expected, what came.
Exit code 1 when there is one.`,
  options: {
    config: configOption,
    'data-dir': dataDirOption,
    connect: {
      type: 'boolean',
      help: 'also tries the ports, the data folder and every server outside (with millrace up stopped)',
    },
    json: jsonOption,
  },
  async run({ values, operands }) {
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
    await loadPipeline(config, (line) => warnings.push(line)).catch(note);
    const connections = values.connect && settings ? await connectChecks(settings) : [];
    const findings = { faults, warnings, connections };
    console.log(values.json ? JSON.stringify(findings) : report(config, findings));
    return faults.length === 0 && connections.every(({ ok }) => ok) ? 0 : 1;
  },
});

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
