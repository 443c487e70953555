import { readFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { nearestName } from '../core/config/nearest-name.ts';
import { isMillraceError } from '../core/errors.ts';
import { type CommandEntry, commands } from './commands.ts';
import type { Command, ExitCode } from './define-command.ts';
import { commandHelp, overview } from './print-help.ts';
import { UsageError } from './usage-error.ts';

/** Runs one command line and resolves with its exit code. Never rejects: what went wrong stands on standard error. */
export async function runCommandLine(words: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = words;
  try {
    if (name === undefined) return wrongUsage(overview(commands));
    if (name === '--help' || name === '-h') return await help(rest[0]);
    if (name === 'help') return await help(rest[0]);
    if (name === '--version' || name === '-V') return print(version());
    const entry = commandNamed(name);
    return await runCommand(name, await entry.load(), rest);
  } catch (error) {
    if (error instanceof UsageError) {
      const where = name && commands.some((entry) => entry.name === name) ? `${name} ` : '';
      return wrongUsage(`${error.message}\nSee millrace ${where}--help.`);
    }
    console.error(isMillraceError(error) ? sentence(error) : error);
    return 1;
  }
}

/** Runs one command with the words after its name. Throws `UsageError`, and what the command throws. */
export async function runCommand(
  name: string,
  command: Command,
  words: readonly string[],
): Promise<ExitCode> {
  const { values, positionals } = parse(command, [...words]);
  if (values.help === true) return print(commandHelp(name, command));
  return command.run({ values, operands: positionals });
}

function commandNamed(name: string): CommandEntry {
  const entry = commands.find((candidate) => candidate.name === name);
  if (entry) return entry;
  const names = commands.map((candidate) => candidate.name);
  const nearest = nearestName(name, names);
  throw new UsageError(
    nearest
      ? `There is no command "${name}". Did you mean "${nearest}"?`
      : `There is no command "${name}". There are: ${names.join(', ')}.`,
  );
}

async function help(name: string | undefined): Promise<ExitCode> {
  if (name === undefined) return print(overview(commands));
  return print(commandHelp(name, await commandNamed(name).load()));
}

function parse(command: Command, rest: string[]) {
  const options = { ...command.options, help: { type: 'boolean', short: 'h' } };
  try {
    return parseArgs({
      args: withIdsLast(rest),
      options: options as NonNullable<ParseArgsConfig['options']>,
      allowPositionals: true,
    });
  } catch (error) {
    const unknown = /^Unknown option '(-{1,2})([^']+)'/.exec(String((error as Error).message));
    if (!unknown) throw new UsageError(`${(error as Error).message}`);
    const nearest = nearestName(unknown[2] ?? '', Object.keys(options));
    throw new UsageError(
      `There is no option ${unknown[1]}${unknown[2]} here.${nearest ? ` Did you mean --${nearest}?` : ''}`,
    );
  }
}

/** An id of ours: 22 characters of base64url, of which the first may be a dash, and the place among several. */
const idWithDash = /^-[\w-]{21}(\.\d+)?$/;

/** Ids that begin as an option does, after `--`, where everything is an operand. */
function withIdsLast(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  const before = end < 0 ? words : words.slice(0, end);
  const ids = before.filter((word) => idWithDash.test(word) && !word.startsWith('--'));
  if (ids.length === 0) return [...words];
  const operands = end < 0 ? [] : words.slice(end + 1);
  return [...before.filter((word) => !ids.includes(word)), '--', ...ids, ...operands];
}

/** The error and what lay beneath it, without a stack: these are expected. */
function sentence(error: Error & { code: string }): string {
  const cause =
    error.cause instanceof Error ? `\n  because: ${error.cause.message.split('\n')[0]}` : '';
  return `${error.message}${cause} (${error.code})`;
}

function version(): string {
  const manifest = new URL(
    import.meta.url.includes('/dist/cli/') ? '../../package.json' : '../package.json',
    import.meta.url,
  );
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

function print(text: string): ExitCode {
  console.log(text);
  return 0;
}

function wrongUsage(text: string): ExitCode {
  console.error(text);
  return 2;
}
