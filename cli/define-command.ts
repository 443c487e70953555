import type { ParseArgsConfig, parseArgs } from 'node:util';

/** An option as `parseArgs` of node:util takes it, with what the help says. */
export interface OptionDeclaration {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  /** What stands for the value in the help: `FILE`. */
  readonly value?: string;
  readonly help: string;
}

export type OptionTable = Readonly<Record<string, OptionDeclaration>>;

type ValuesOf<O extends OptionTable> = ReturnType<
  typeof parseArgs<{ options: O & NonNullable<ParseArgsConfig['options']>; allowPositionals: true }>
>['values'];

export interface CommandDeclaration<O extends OptionTable> {
  /** After the command's name: `FILE...`. */
  readonly operands?: string;
  /** Paragraphs below the usage line. */
  readonly description: string;
  readonly options: O;
  /** Lines that one could type. */
  readonly examples?: readonly string[];
  /** Resolves with the exit code. Throws `UsageError` for wrong usage and `MillraceError` for expected failures. */
  run(input: {
    readonly values: ValuesOf<O>;
    readonly operands: readonly string[];
  }): Promise<ExitCode>;
}

/** ok, failed, wrong usage. */
export type ExitCode = 0 | 1 | 2;

/** A command whose option types are no longer needed. */
export interface Command extends Omit<CommandDeclaration<OptionTable>, 'run'> {
  run(input: {
    readonly values: Readonly<Record<string, unknown>>;
    readonly operands: readonly string[];
  }): Promise<ExitCode>;
}

/** Keeps the options' types for `run`: a value that is not declared doesn't compile. */
export function defineCommand<const O extends OptionTable>(
  declaration: CommandDeclaration<O>,
): Command {
  return {
    ...declaration,
    run: ({ values, operands }) => declaration.run({ values: values as ValuesOf<O>, operands }),
  };
}
