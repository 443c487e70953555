import { existsSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MillraceError } from '../errors.ts';
import { checkPipeline } from './check-pipeline.ts';
import { faultList } from './fault.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * Loads a `millrace.config.ts` (or .js, .mjs, .mts) and checks it.
 * Throws `CONFIG_NOT_FOUND`, `CONFIG_THREW` (with its own error as the cause) or `CONFIG_INVALID` with every fault.
 * `warn` gets a sentence for what is allowed but doubtful.
 */
export async function loadPipeline(
  path: string,
  warn: (sentence: string) => void = () => {},
): Promise<Pipeline> {
  const file = resolve(path);
  if (!existsSync(file) || statSync(file).isDirectory()) {
    throw new MillraceError(
      'CONFIG_NOT_FOUND',
      `There is no configuration file at ${file}. Give its path with --config, or write one there: export default definePipeline({...}).`,
    );
  }
  const declaration = await importDefault(file);
  const checked = checkPipeline(declaration, dirname(file));
  for (const warning of checked.warnings) warn(warning);
  if ('pipeline' in checked) return checked.pipeline;
  const { faults } = checked;
  throw new MillraceError(
    'CONFIG_INVALID',
    faultList(
      `${file} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:`,
      faults,
    ),
  );
}

async function importDefault(file: string): Promise<unknown> {
  hookModules();
  let loaded: { default?: unknown };
  try {
    loaded = await import(pathToFileURL(file).href);
  } catch (cause) {
    throw new MillraceError(
      'CONFIG_THREW',
      `${file} could not be loaded: ${whatThrew(cause, file)}`,
      {
        cause,
      },
    );
  }
  if (loaded.default === undefined) {
    throw new MillraceError(
      'CONFIG_INVALID',
      `${file} has a fault:\n  - export default: expected definePipeline({...}); came nothing.`,
    );
  }
  return await loaded.default;
}

let hasHooks = false;

/** `import ... from 'millrace'` is this very code, wherever the configuration lies and whatever is installed there. */
function hookModules(): void {
  if (hasHooks) return;
  hasHooks = true;
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const url = new URL(`../../index.${ending}`, import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'millrace' ? { url, shortCircuit: true } : next(specifier, context),
    // `npm init` writes "type": "commonjs", under which Node would refuse the `export default` of a .ts file.
    load: (address, context, next) =>
      next(address, isTypeScript(address) ? { ...context, format: 'module-typescript' } : context),
  });
}

const isTypeScript = (address: string) =>
  address.startsWith('file:') && address.endsWith('.ts') && !address.includes('/node_modules/');

/** The error's own sentence, with the line of the configuration where it happened. */
function whatThrew(cause: unknown, file: string): string {
  if (!(cause instanceof Error)) return `it threw ${String(cause)}.`;
  const lines = (cause.stack ?? '').split('\n');
  const line = lines.find((text) => text.includes(file) || text.includes(pathToFileURL(file).href));
  const place = /:(\d+)(?::\d+)?\)?$/.exec(line ?? '')?.[1];
  const message = cause.message.replaceAll(
    pathToFileURL(file).href,
    fileURLToPath(pathToFileURL(file)),
  );
  return `${cause.name}: ${message}${place === undefined ? '' : ` (line ${place})`}`;
}
