import type { CommandEntry } from './commands.ts';
import type { Command, OptionDeclaration } from './define-command.ts';

/** `millrace --help`. */
export function overview(commands: readonly CommandEntry[]): string {
  return [
    'Millrace carries sensor messages and webhooks from the edge to a live dashboard and loses none of them.',
    '',
    'Usage: millrace COMMAND [OPTIONS]',
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    'millrace COMMAND --help tells more. millrace --version prints the version.',
    'Settings come from the environment (MILLRACE_HTTP_PORT, MILLRACE_MQTT_LISTEN, ...); the README lists them.',
  ].join('\n');
}

/** `millrace NAME --help`. */
export function commandHelp(name: string, command: Command): string {
  const usage = ['millrace', name, command.operands, '[OPTIONS]'].filter(Boolean).join(' ');
  const options: [string, string][] = Object.entries(command.options).map(([option, declared]) => [
    optionUsage(option, declared),
    declared.help,
  ]);
  return [
    `Usage: ${usage}`,
    '',
    command.description,
    '',
    'Options:',
    ...columns([...options, ['-h, --help', 'this help']]),
    ...(command.examples ? ['', 'Examples:', ...command.examples.map((line) => `  ${line}`)] : []),
  ].join('\n');
}

function optionUsage(name: string, { short, value, type }: OptionDeclaration): string {
  const long = `--${name}${type === 'string' ? ` ${value ?? 'VALUE'}` : ''}`;
  return short ? `-${short}, ${long}` : long;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
