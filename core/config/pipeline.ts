/**
 * What a `millrace.config.ts` says: `export default definePipeline({...})`. The types make an editor complete it and
 * refuse a step that names a field its entity doesn't have; `check-pipeline.ts` finds at load what types can't.
 */

import type { Events } from '../events.ts';
import type { Format } from '../format.ts';
import type { RegisterEntry } from '../model.ts';
import type { Reading } from '../reading.ts';
import type { PollDeclaration } from './poll-declaration.ts';
import type { SecretText } from './secret.ts';
import type { TableDeclaration } from './table-declaration.ts';
import type { WebhookDeclaration } from './webhook-declaration.ts';

/** What a field of a model is declared with; made by `number()`, `flag()`, `text()`, `decimal()`, `tag()`. */
export type FieldDeclaration =
  | {
      readonly kind: 'number';
      readonly label?: string;
      readonly unit?: string;
      readonly display?: string;
      readonly min?: number;
      readonly max?: number;
    }
  | { readonly kind: 'decimal'; readonly label?: string; readonly unit?: string }
  | { readonly kind: 'flag' | 'text' | 'tag'; readonly label?: string };

export interface ModelDeclaration {
  readonly label?: string;
  readonly fields: Readonly<Record<string, FieldDeclaration>>;
  /** True when its readings are made up; shown wherever they appear. */
  readonly simulated?: boolean;
  /** The register whose entries, by entityId, hold the shapes (GeoJSON) of these entities. */
  readonly geometry?: string;
  /** The number that colours the map, and the number (degrees) that turns the arrow. */
  readonly colorBy?: string;
  readonly heading?: string;
  /** How often an entity usually reports, as `1s`, `5m`. */
  readonly usualInterval?: string;
}

export type Models = Readonly<Record<string, ModelDeclaration>>;

export interface SourceDeclaration {
  /** MQTT topic filters, beside those that the format implies. */
  readonly topics?: readonly string[];
  /** For the subscription at an outside broker; 1 when absent. */
  readonly qos?: 0 | 1;
  /**
   * What to try the source with: a packet to a topic, or a delivery. The command that sends it is shown at the start and
   * on an empty page.
   */
  readonly example?: { readonly topic?: string; readonly payload: string };
  readonly format: Format;
  /** It is sent to `POST /webhooks/<name>`. */
  readonly webhook?: WebhookDeclaration;
  /** It is fetched on a schedule. */
  readonly poll?: PollDeclaration;
}

export interface RegisterDeclaration {
  /** JSON (an array of objects), or CSV by its ending; `.gz` is unpacked. Relative to the configuration's folder. */
  readonly file: string;
  /** The entry's key, of fields in braces: `{operator_id}/{vehicle_id}`. */
  readonly key: string;
  /** What an object of the file becomes, beyond its plain fields; undefined leaves it out. */
  readonly entry?: (
    row: Readonly<Record<string, unknown>>,
  ) => Partial<Omit<RegisterEntry, 'register' | 'key'>> | undefined;
}

type FieldsOf<M extends Models, T extends keyof M> = keyof M[T]['fields'] & string;
type FieldsOfKind<M extends Models, T extends keyof M, K extends string> = {
  [F in FieldsOf<M, T>]: M[T]['fields'][F]['kind'] extends K ? F : never;
}[FieldsOf<M, T>];

/** A reading whose fields are those of its model. A field may be absent: devices send parts. */
export type ReadingOf<M extends Models, T extends keyof M> = Omit<
  Reading,
  'numbers' | 'flags' | 'texts' | 'tags'
> & {
  readonly numbers: { readonly [F in FieldsOfKind<M, T, 'number'>]?: number };
  readonly flags: { readonly [F in FieldsOfKind<M, T, 'flag'>]?: boolean };
  readonly texts: { readonly [F in FieldsOfKind<M, T, 'text' | 'decimal'>]?: string };
  readonly tags: { readonly [F in FieldsOfKind<M, T, 'tag'>]?: string };
};

/** Adds fields (and the position, where the reading has none) from a register's entry. No entry: passes unjoined, counted. */
export interface JoinStep<M extends Models, T extends keyof M & string> {
  readonly step: 'join';
  readonly entityType: T;
  readonly register: string;
  /** The key to look up; the entityId when absent. */
  readonly key?: (reading: ReadingOf<M, T>) => string;
  /** Field of the model -> field of the register's entry. */
  readonly set?: { readonly [F in FieldsOf<M, T>]?: string };
  /** Take the entry's position where the reading has none. */
  readonly position?: boolean;
}

/** Readings for which `keep` is false are counted as filtered, under the rule's name. */
export interface FilterStep<M extends Models, T extends keyof M & string> {
  readonly step: 'filter';
  readonly name: string;
  readonly entityType: T;
  readonly keep: (reading: ReadingOf<M, T>) => boolean;
}

/** Sets fields computed from the others. Undefined leaves the field out. */
export interface ComputeStep<M extends Models, T extends keyof M & string> {
  readonly step: 'compute';
  readonly name: string;
  readonly entityType: T;
  readonly set: {
    readonly [F in FieldsOf<M, T>]?: (
      reading: ReadingOf<M, T>,
    ) => number | boolean | string | undefined;
  };
}

export type StepDeclaration<M extends Models> = {
  [T in keyof M & string]: JoinStep<M, T> | FilterStep<M, T> | ComputeStep<M, T>;
}[keyof M & string];

/** Spans as `30s`, `15m`, `2h`, `7d`, or `forever`; sizes as `500MB`, `10GB`. */
export interface RetentionDeclaration {
  readonly history?: string;
  /** `readings.raw.v1`. */
  readonly raw?: string;
  /** The other topics that are not compacted. */
  readonly topics?: string;
  /** The embedded log's size. */
  readonly size?: string;
}

export interface PipelineDeclaration<M extends Models> {
  readonly name: string;
  readonly models: M;
  readonly sources: Readonly<Record<string, SourceDeclaration>>;
  readonly registers?: Readonly<Record<string, RegisterDeclaration>>;
  readonly steps?: readonly StepDeclaration<NoInfer<M>>[];
  /** Tables by name, for whoever asks by SQL: typed columns of what the store knows of an entity type. */
  readonly tables?: Readonly<Record<string, TableDeclaration<NoInfer<M>>>>;
  readonly retention?: RetentionDeclaration;
  /** A reading this far ahead of our clock is a dead letter; `5m` when absent. */
  readonly maxFuture?: string;
  /** How long repeats are recognised; as long as history is kept when absent. */
  readonly dedupe?: { readonly horizon: string };
  /** Our own broker. Without users it takes anyone, and therefore binds to loopback only. */
  readonly mqtt?: {
    readonly users?: readonly { readonly username: string; readonly password: SecretText }[];
  };
  /** Shown on the page: where the input is from. */
  readonly attribution?: string;
  /** A map style address; by default no outside request is made. */
  readonly map?: {
    readonly styleUrl?: string;
    readonly center?: readonly [lon: number, lat: number];
    readonly zoom?: number;
  };
  /** What `millrace up` plays beside the services, each until its signal aborts: recordings and simulations. */
  readonly demo?: readonly Demo[];
}

/** Where a demonstration publishes or sends, and when it ends. */
export interface DemoContext {
  /** Our own broker; asking for it throws where that is off (MILLRACE_MQTT_LISTEN). */
  readonly broker: {
    readonly url: string;
    readonly username?: string | undefined;
    readonly password?: string | undefined;
  };
  /** Where webhooks are taken: `http://127.0.0.1:8090/webhooks`, to which a source's name is added. */
  readonly webhooks: { readonly url: string };
  readonly signal: AbortSignal;
  readonly events: Events;
}

/**
 * Publishes over MQTT like any device, or sends like any webhook's sender: the services know nothing of it. Resolves when
 * the signal has aborted.
 */
export type Demo = (context: DemoContext) => Promise<void>;

/** A step whose types are no longer needed: what services work with. */
export type AnyStep =
  | JoinStep<Models, string>
  | FilterStep<Models, string>
  | ComputeStep<Models, string>;

/** The configuration as services see it: checked, with spans in milliseconds and defaults filled in. */
export interface Pipeline
  extends Omit<PipelineDeclaration<Models>, 'steps' | 'retention' | 'maxFuture' | 'dedupe'> {
  readonly steps: readonly AnyStep[];
  readonly retention: {
    /** Null: for ever. */
    readonly historyMs: number | null;
    readonly rawMs: number | null;
    readonly topicsMs: number | null;
    readonly sizeBytes: number | null;
  };
  readonly maxFutureMs: number;
  /** Null: for ever. */
  readonly dedupeHorizonMs: number | null;
  /** The folder that relative paths start from. */
  readonly folder: string;
}

export function definePipeline<const M extends Models>(
  declaration: PipelineDeclaration<M>,
): PipelineDeclaration<M> {
  return declaration;
}

/** A finite double; `unit` is a UCUM code, `display` the one that people see. */
export const number = (options: Omit<Extract<FieldDeclaration, { kind: 'number' }>, 'kind'> = {}) =>
  ({ kind: 'number', ...options }) as const;
/** Money, and integers beyond 2^53: text in Avro and JSON, numeric in Postgres. */
export const decimal = (
  options: Omit<Extract<FieldDeclaration, { kind: 'decimal' }>, 'kind'> = {},
) => ({ kind: 'decimal', ...options }) as const;
export const flag = (options: { label?: string } = {}) => ({ kind: 'flag', ...options }) as const;
export const text = (options: { label?: string } = {}) => ({ kind: 'text', ...options }) as const;
/** A low-cardinality dimension: an InfluxDB tag. */
export const tag = (options: { label?: string } = {}) => ({ kind: 'tag', ...options }) as const;
