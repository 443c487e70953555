import type { z } from 'zod';
import { describeValue, type Fault, faultPath } from './fault.ts';
import { isNothing, mayBeSecret } from './secret-names.ts';

type Keys = readonly PropertyKey[];

/** Collects what is wrong with a configuration, and what is doubtful, with the place in it. */
export class FaultList {
  readonly faults: Fault[] = [];
  readonly warnings: string[] = [];

  add(path: Keys, expected: string, came: unknown): void {
    const isSecret = mayBeSecret(path) && !isNothing(came);
    const shown = isSecret ? 'another value (not shown)' : describeValue(came);
    this.faults.push({ path: faultPath(path), expected, came: shown });
  }

  warn(path: Keys, sentence: string): void {
    this.warnings.push(`${faultPath(path)}: ${sentence}`);
  }

  /** Checks a part against its schema; undefined when it has faults, which are then listed under `path`. */
  parse<S extends z.ZodType>(path: Keys, schema: S, value: unknown): z.output<S> | undefined {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues)
      this.add([...path, ...issue.path], issue.message, valueAt(value, issue.path));
    return undefined;
  }
}

function valueAt(value: unknown, path: Keys): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  );
}
