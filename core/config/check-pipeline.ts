import { checkModels } from './check-models.ts';
import { checkRegisters } from './check-registers.ts';
import { checkSources } from './check-sources.ts';
import { checkSteps } from './check-steps.ts';
import { checkTables } from './check-tables.ts';
import type { Fault } from './fault.ts';
import { FaultList } from './fault-list.ts';
import type { AnyStep, Models, Pipeline, PipelineDeclaration } from './pipeline.ts';
import { pipelineSchema } from './pipeline-schema.ts';
import { parseSizeBytes, parseSpanMs, parseSpanOrForever } from './span.ts';
import { warnOfPlainSecrets } from './warn-of-plain-secrets.ts';

type CheckedPipeline =
  | { readonly pipeline: Pipeline; readonly warnings: readonly string[] }
  | { readonly faults: readonly Fault[]; readonly warnings: readonly string[] };

/**
 * Checks everything about a configuration that types can't, and finds every fault at once.
 * `folder` is where its relative paths start. Reads no file but asks whether those it names can be read.
 */
export function checkPipeline(declaration: unknown, folder: string): CheckedPipeline {
  const list = new FaultList();
  list.parse([], pipelineSchema, declaration);
  const registers = section(declaration, 'registers');
  const registerNames = Object.keys(registers);
  const models = checkModels(section(declaration, 'models'), registerNames, list);
  checkRegisters(registers, folder, list);
  checkSources(section(declaration, 'sources'), models, list);
  const steps = part(declaration, 'steps');
  checkSteps(Array.isArray(steps) ? steps : [], models, registerNames, list);
  checkTables(section(declaration, 'tables'), models, list);
  checkUsers(declaration, list);
  const { faults, warnings } = list;
  if (faults.length > 0) return { faults: withoutRepeats(faults), warnings };
  // Its shape is what the type says, since no fault was found.
  return { pipeline: toPipeline(declaration as PipelineDeclaration<Models>, folder), warnings };
}

/** `expected` may come up twice for one place: by the whole's schema and by the section's own look. */
function withoutRepeats(faults: readonly Fault[]): readonly Fault[] {
  const seen = new Set<string>();
  return faults.filter(({ path, expected }) => {
    const key = `${path}\n${expected}`;
    return !seen.has(key) && seen.add(key);
  });
}

function part(declaration: unknown, key: string): unknown {
  return typeof declaration === 'object' && declaration !== null
    ? Reflect.get(declaration, key)
    : undefined;
}

/** A section's entries, empty where the section itself is missing or wrong (which is listed already). */
function section(declaration: unknown, key: string): Readonly<Record<string, unknown>> {
  const value = part(declaration, key);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function checkUsers(declaration: unknown, list: FaultList): void {
  const users = part(part(declaration, 'mqtt'), 'users');
  if (!Array.isArray(users)) return;
  warnOfPlainSecrets(['mqtt', 'users'], users, list);
  const names = new Set<unknown>();
  for (const [index, user] of users.entries()) {
    const username = part(user, 'username');
    if (names.has(username))
      list.add(['mqtt', 'users', index, 'username'], 'a name that no other user has', username);
    names.add(username);
  }
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

function toPipeline(declaration: PipelineDeclaration<Models>, folder: string): Pipeline {
  const { steps, retention = {}, maxFuture, dedupe, ...rest } = declaration;
  const historyMs = spanOr(retention.history, 7 * dayMs);
  return {
    ...rest,
    // The generic type ties each step to its model; services look the model up by name instead.
    steps: (steps ?? []) as unknown as readonly AnyStep[],
    retention: {
      historyMs,
      rawMs: spanOr(retention.raw, 2 * dayMs),
      topicsMs: spanOr(retention.topics, 7 * dayMs),
      sizeBytes: retention.size === undefined ? 10e9 : (parseSizeBytes(retention.size) ?? null),
    },
    maxFutureMs: (maxFuture === undefined ? undefined : parseSpanMs(maxFuture)) ?? 5 * minuteMs,
    dedupeHorizonMs: spanOr(dedupe?.horizon, historyMs),
    folder,
  };
}

function spanOr(span: string | undefined, defaultMs: number | null): number | null {
  const parsed = span === undefined ? undefined : parseSpanOrForever(span);
  return parsed === undefined ? defaultMs : parsed;
}
