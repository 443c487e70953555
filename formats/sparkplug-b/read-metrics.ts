import type { FormatOutcome } from '../../core/format.ts';
import type { DeadLetterReason } from '../../core/outcome.ts';
import type { Observation } from '../../core/reading.ts';
import { epochMicros } from '../../core/time.ts';
import { deadLetter } from '../json/part.ts';
import { datatypeName, isScalar, scalarOf, toField } from './datatype.ts';
import type { EntityMapping, MappedField } from './entity-mapping.ts';
import type { Metric, Payload } from './payload.ts';
import type { BornMetric } from './session.ts';

export interface MetricsToRead {
  readonly payload: Payload;
  readonly mapping: EntityMapping;
  /** What the metric's birth said of it; undefined when no birth is known that has it. */
  readonly born: (metric: Metric) => BornMetric | undefined;
  /** Field -> the metric that has it, by the birth; of others the first in the payload has it. */
  readonly owners?: ReadonlyMap<string, string>;
  /** Aliases that the birth gives to several metrics, with their names. */
  readonly shared?: ReadonlyMap<string, readonly string[]> | undefined;
  /** Flags that hold at the payload's time, beside the metrics. */
  readonly flags: Readonly<Record<string, boolean>>;
}

export type Values = Pick<Observation, 'observedAt'> & {
  readonly numbers: Record<string, number>;
  readonly flags: Record<string, boolean>;
  readonly texts: Record<string, string>;
  readonly unset: string[];
};

export interface ReadMetrics {
  /** One for each time in the payload: its values, or why it is none. */
  readonly parts: readonly (Values | FormatOutcome)[];
  /** Of metrics that are no value whatever the configuration says, one letter for each reason. */
  readonly unusable: readonly FormatOutcome[];
  /** There was a metric whose name or type only its birth says. */
  readonly needsBirth: boolean;
  /** Metrics of types that no reading holds, where every metric is taken. */
  readonly setAside: number;
}

/** A part on its way. */
interface Part {
  readonly values: Values;
  readonly seen: Set<string>;
  fault: FormatOutcome | undefined;
}

const shownMetrics = 8;

/**
 * Metrics become readings by their own times. A value that its declared field can't take makes its whole reading a
 * dead letter, like a field of the JSON mapping: mended in the configuration and replayed, it is that reading. Metrics
 * that could be no value in any case (an unknown alias, a NaN) leave the others of their time alone.
 */
export function readMetrics(toRead: MetricsToRead): ReadMetrics {
  return new MetricReader(toRead).read();
}

class MetricReader {
  readonly #toRead: MetricsToRead;
  readonly #parts: Part[] = [];
  readonly #latest = new Map<number | undefined, Part>();
  readonly #unusable = new Map<DeadLetterReason, { place: string; metrics: string[] }>();
  /** Of fields that the birth says nothing of. */
  readonly #firstOf = new Map<string, string>();
  #setAside = 0;

  constructor(toRead: MetricsToRead) {
    this.#toRead = toRead;
  }

  read(): ReadMetrics {
    const { payload, flags } = this.#toRead;
    for (const metric of payload.metrics) this.#readMetric(metric);
    if (Object.keys(flags).length > 0) {
      const observedAt = microsOf(payload.timestamp);
      const part = this.#latest.get(observedAt);
      const holds = part !== undefined && part.fault === undefined ? part : this.#add(observedAt);
      Object.assign(holds.values.flags, flags);
    }
    return {
      parts: this.#parts.map(({ values, fault }) => fault ?? values),
      unusable: [...this.#unusable].map(([reason, noted]) => letter(reason, noted)),
      needsBirth: this.#unusable.has('name-unknown'),
      setAside: this.#setAside,
    };
  }

  #readMetric(metric: Metric): void {
    const { mapping, born } = this.#toRead;
    const known = born(metric);
    const name = metric.name || known?.name;
    if (name === undefined) {
      this.#noteNameless(metric);
      return;
    }
    const field = mapping.fieldOf(name);
    if (field === undefined || (mapping.takesAll && metric.isTransient)) return;
    const owner = mapping.takesAll ? this.#ownerOf(field.field, name) : name;
    if (owner !== name) {
      this.#note('name-ambiguous', `${name} (${field.field} is ${owner})`, name);
      return;
    }
    const observedAt = this.#timeOf(metric, name);
    if (observedAt === 'none') return;
    if (metric.isNull) {
      this.#partOf(observedAt, field).values.unset.push(field.field);
      return;
    }
    const datatype = metric.datatype || known?.datatype || plainDatatype(metric);
    if (datatype === undefined) this.#note('name-unknown', `the type of ${name}`);
    else this.#readValue(metric, { name, field, observedAt, datatype });
  }

  #noteNameless({ alias }: Metric): void {
    const names = this.#toRead.shared?.get(String(alias));
    if (names !== undefined) this.#note('name-ambiguous', `alias ${alias} (${names.join(' or ')})`);
    else this.#note('name-unknown', alias === undefined ? 'no name' : `alias ${alias}`);
  }

  #ownerOf(field: string, name: string): string {
    const owner = this.#toRead.owners?.get(field) ?? this.#firstOf.get(field);
    if (owner !== undefined) return owner;
    this.#firstOf.set(field, name);
    return name;
  }

  #readValue(
    { value }: Metric,
    {
      name,
      field,
      observedAt,
      datatype,
    }: { name: string; field: MappedField; observedAt: number | undefined; datatype: number },
  ): void {
    if (!isScalar(datatype) && this.#toRead.mapping.takesAll) {
      this.#setAside++;
      return;
    }
    const part = this.#partOf(observedAt, field);
    if (!isScalar(datatype)) {
      const detail = `Expected a single value in ${name}; came ${datatypeName(datatype)}, which no field holds. Take it out of \`fields\`.`;
      part.fault ??= deadLetter('type-mismatch', detail, name);
      return;
    }
    const scalar = value && scalarOf(datatype, value);
    if (scalar === undefined) {
      this.#note('type-mismatch', `${name} (no ${datatypeName(datatype)})`);
    } else if (scalar.kind === 'real' && !Number.isFinite(scalar.value)) {
      this.#note('number-not-finite', `${name} (${scalar.value})`);
    } else {
      const given = toField(scalar, field.kind, name);
      if (given.kind === 'fault') part.fault ??= deadLetter(given.reason, given.detail, name);
      else put(part.values, field.field, given);
    }
  }

  /** Microseconds; `none` when it has none that can be believed. */
  #timeOf({ timestamp, isHistorical }: Metric, name: string): number | undefined | 'none' {
    // Late values under the time of their message would be taken for present ones.
    if (isHistorical && timestamp === undefined) {
      this.#note('time-missing', `${name} (historical)`);
      return 'none';
    }
    const millis = timestamp ?? this.#toRead.payload.timestamp;
    const micros = microsOf(millis);
    if (millis === undefined || micros !== undefined) return micros;
    this.#note('time-invalid', `${name} (${millis})`);
    return 'none';
  }

  /** A field that is there already at this time begins another reading. */
  #partOf(observedAt: number | undefined, { field }: MappedField): Part {
    const latest = this.#latest.get(observedAt);
    const part = latest === undefined || latest.seen.has(field) ? this.#add(observedAt) : latest;
    part.seen.add(field);
    return part;
  }

  #add(observedAt: number | undefined): Part {
    const values = { observedAt, numbers: {}, flags: {}, texts: {}, unset: [] };
    const part = { values, seen: new Set<string>(), fault: undefined };
    this.#parts.push(part);
    this.#latest.set(observedAt, part);
    return part;
  }

  #note(reason: DeadLetterReason, metric: string, place = metric): void {
    const noted = this.#unusable.get(reason);
    if (noted) noted.metrics.push(metric);
    else this.#unusable.set(reason, { place, metrics: [metric] });
  }
}

const microsOf = (millis: number | undefined): number | undefined =>
  millis === undefined ? undefined : epochMicros(millis, 'ms');

/** What the wire says by itself: of a number with a point, a text, true or false no birth is needed. */
function plainDatatype({ value }: Metric): number | undefined {
  switch (value?.kind) {
    case 'float':
      return 9;
    case 'double':
      return 10;
    case 'boolean':
      return 11;
    case 'string':
      return 12;
    case 'other':
      return 17;
    default:
      return undefined;
  }
}

function put(
  values: Values,
  field: string,
  given: { readonly value: number | boolean | string },
): void {
  if (typeof given.value === 'number') values.numbers[field] = given.value;
  else if (typeof given.value === 'boolean') values.flags[field] = given.value;
  else values.texts[field] = given.value;
}

const sentences: Partial<Record<DeadLetterReason, string>> = {
  'name-ambiguous': 'Two metrics would be one value; name each under `fields`',
  'name-unknown': 'No birth that declares them has come here',
  'number-not-finite': 'A reading holds finite numbers',
  'time-missing': 'Late values need times of their own',
  'time-invalid': 'Expected milliseconds since 1970',
  'type-mismatch': 'The value is not of the type that is declared',
};

function letter(
  reason: DeadLetterReason,
  { place, metrics }: { readonly place: string; readonly metrics: readonly string[] },
): FormatOutcome {
  const shown = metrics.slice(0, shownMetrics).map((metric) => metric.slice(0, 80));
  const more = metrics.length > shownMetrics ? ` and ${metrics.length - shownMetrics} more` : '';
  const sentence = `${sentences[reason]}: ${shown.join(', ')}${more}.`;
  return deadLetter(reason, sentence, place.slice(0, 80));
}
