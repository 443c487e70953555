import type { Doubled } from '../../core/time.ts';

/** The names in braces of a topic template. */
export type PlaceholdersOf<Topic extends string> =
  Topic extends `${string}{${infer Name}}${infer Rest}` ? Name | PlaceholdersOf<Rest> : never;

/** A text with placeholders: `{name}` of the topic, `{$.path}` of the payload. Completes the topic's names. */
export type Template<Topic extends string> = `{${PlaceholdersOf<Topic>}}` | (string & {});

/**
 * A JSONPath (RFC 9535). `$` is the part that `each` gave, and where that hasn't it, the whole payload;
 * `@` is the part alone. Without `each` both are the payload. It must lead to one value at most.
 */
export type Path = string;

export type JsonTimeUnit =
  | 's'
  | 'ms'
  | 'us'
  | 'ns'
  | 'rfc3339'
  | { readonly local: string; readonly doubled?: Doubled };

export type JsonConstant = string | number | boolean | null;

export interface JsonTime {
  readonly path: Path;
  readonly unit: JsonTimeUnit;
  /** True: a payload without it gets the time of its arrival, instead of being a dead letter. */
  readonly optional?: boolean;
}

export interface JsonField {
  readonly path: Path;
  /** By the value's own type when absent; `number` where there is a unit. */
  readonly kind?: 'number' | 'flag' | 'text' | 'decimal';
  /** UCUM code of the number as the sender gives it; the model's when absent. */
  readonly unit?: string;
  /** What a null means: nothing (the default), or that the sender cleared the field. */
  readonly null?: 'absent' | 'unset';
  /** True: a part without it is a dead letter. */
  readonly required?: boolean;
}

export interface JsonFormatDeclaration<Topic extends string> {
  /** Shown in messages and dead letters; `json` when absent. */
  readonly name?: string;
  /** An MQTT topic with `{placeholders}` (each within one level), `+` and a last `#`. */
  readonly topic?: Topic;
  /** Where a payload holds several readings. Each value that it leads to is a part of its own. */
  readonly each?: Path;
  /** Path -> the value that it must lead to, or a list of those; other parts are set aside, counted as filtered. */
  readonly when?: Readonly<Record<Path, JsonConstant | readonly JsonConstant[]>>;
  readonly entity: { readonly type: Template<Topic>; readonly id: Template<Topic> };
  /** Absent: readings get the time of their arrival. */
  readonly time?: JsonTime;
  readonly fields: Readonly<Record<string, JsonField | Path>>;
  /** Fields of kind tag. One whose placeholder the payload hasn't is left out. */
  readonly tags?: Readonly<Record<string, Template<Topic>>>;
  readonly position?: { readonly lat: Path; readonly lon: Path; readonly altitude?: Path };
  /** The sender's own id of the reading, unique within the source: repeats of it are recognised. */
  readonly id?: Path;
}
