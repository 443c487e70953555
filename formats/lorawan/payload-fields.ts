import type { Fault } from '../../core/config/fault.ts';
import { describeValue } from '../../core/config/fault.ts';
import type { FieldKind } from '../../core/model.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { Position } from '../../core/reading.ts';
import type { OwnFields } from '../device/device-fields.ts';
import { asField, compileMapping } from '../json/compile-mapping.ts';
import { deadLetter, describeJson, type Part } from '../json/part.ts';
import type { Values } from '../json/read-fields.ts';

export interface PositionPaths {
  readonly lat: string;
  readonly lon: string;
  readonly altitude?: string;
}

export interface PayloadDeclaration {
  /** Field -> path in what was decoded; absent: all plain values there, by their own names. */
  readonly fields?: OwnFields | undefined;
  readonly position?: PositionPaths | undefined;
}

/** How a decoded payload becomes fields, compiled once. */
export interface PayloadFields {
  readonly emits: readonly string[];
  readonly kinds: Readonly<Record<string, FieldKind>>;
  readonly units: Readonly<Record<string, string>>;
  readonly faults: readonly Fault[];
  readonly needsNumberTexts: boolean;
  /** Whether the user has named the fields: a payload without any of them is a dead letter. */
  readonly areNamed: boolean;
  /** Puts the fields of a decoded payload into `values`. Null when it has no position. */
  read(part: Part, values: Values): Position | null | DeadLetterOutcome;
}

export function payloadFields({ fields, position }: PayloadDeclaration): PayloadFields {
  const mapping = compileMapping({
    entity: { type: 'lorawan-device', id: 'any' },
    fields: fields ?? {},
    ...(position === undefined ? {} : { position }),
  });
  const positionNames = new Set(
    Object.values(position ?? {}).flatMap((path) => /^[$@]\.(\w+)$/.exec(path)?.[1] ?? []),
  );
  const readPosition = (part: Part) => mapping.position?.(part) ?? null;
  return {
    ...describe(fields ?? {}),
    faults: mapping.faults,
    needsNumberTexts: mapping.needsNumberTexts,
    areNamed: fields !== undefined,
    read(part, values) {
      if (fields === undefined) {
        return readAsNamed(part, values, positionNames) ?? readPosition(part);
      }
      let isRead = false;
      for (const read of mapping.fields) {
        const outcome = read(part, values);
        if (typeof outcome === 'object') return outcome;
        isRead ||= outcome !== 'nothing';
      }
      const found = readPosition(part);
      return isRead || found !== null || mapping.fields.length === 0 ? found : noneNamed(part);
    },
  };
}

function describe(fields: OwnFields): Pick<PayloadFields, 'emits' | 'kinds' | 'units'> {
  const kinds: Record<string, FieldKind> = {};
  const units: Record<string, string> = {};
  for (const [name, field] of Object.entries(fields)) {
    const { kind, unit } = asField(field);
    if (kind !== undefined || unit !== undefined) kinds[name] = kind ?? 'number';
    if (unit !== undefined) units[name] = unit;
  }
  return { emits: Object.keys(fields), kinds, units };
}

/** Numbers, texts and flags by the names that they have; what holds others is passed over, and so is null. */
function readAsNamed(
  { value, place }: Part,
  { numbers, flags, texts }: Values,
  except: ReadonlySet<string>,
): DeadLetterOutcome | undefined {
  for (const [name, given] of Object.entries(value as Readonly<Record<string, unknown>>)) {
    if (except.has(name)) continue;
    switch (typeof given) {
      case 'number':
        // A codec's own arithmetic may give one: NaN is no value.
        if (!Number.isFinite(given))
          return deadLetter(
            'number-not-finite',
            `Expected a finite number at ${name}; came ${given}.`,
            `${place}['${name}']`,
          );
        numbers[name] = given;
        break;
      case 'boolean':
        flags[name] = given;
        break;
      case 'string':
        texts[name] = given;
    }
  }
  return undefined;
}

function noneNamed({ value, place }: Part): DeadLetterOutcome {
  const names = Object.keys(value as object).slice(0, 8);
  const came = names.length === 0 ? describeJson({ value }) : names.join(', ');
  return deadLetter(
    'path-missing',
    `Expected at least one of the declared fields; came ${describeValue(came)}.`,
    place,
  );
}
