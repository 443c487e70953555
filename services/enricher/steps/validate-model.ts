import type { DeadLetterOutcome } from '../../../core/outcome.ts';
import type { Position } from '../../../core/reading.ts';
import { type FieldRules, fault, fieldFault, unknownField } from '../field-rules.ts';
import type { Step } from '../step.ts';

/** Every field known, of its kind and in its range; the position on the globe; cleared fields known. */
export function validateModel(rules: FieldRules): Step {
  return (reading) => {
    const { numbers, flags, texts, tags, position, unset } = reading;
    let wrong: DeadLetterOutcome | undefined;
    for (const name in numbers) {
      wrong ??= fieldFault(rules, 'numbers', name, numbers[name] as number);
    }
    for (const name in flags) wrong ??= fieldFault(rules, 'flags', name, flags[name] as boolean);
    for (const name in texts) wrong ??= fieldFault(rules, 'texts', name, texts[name] as string);
    for (const name in tags) wrong ??= fieldFault(rules, 'tags', name, tags[name] as string);
    if (position !== null) wrong ??= positionFault(position);
    for (const name of unset) {
      if (name !== 'position' && !rules.fields.has(name)) wrong ??= unknownField(rules, name);
    }
    return wrong ?? { kind: 'ok', reading };
  };
}

/** The reading's type has no model; `known` are those that have one. */
export function refuseUnknownModel(known: readonly string[]): Step {
  return (reading) => ({
    kind: 'deadLetter',
    reason: 'model-unknown',
    detail: `No model is declared for the entity type ${JSON.stringify(reading.entityType.slice(0, 100))}; there are ${known.join(', ') || 'none'}.`,
    place: 'entityType',
  });
}

function positionFault({ lat, lon, altitude }: Position): DeadLetterOutcome | undefined {
  // Written so that NaN fails.
  if (!(lat >= -90 && lat <= 90)) {
    return fault(
      'position-invalid',
      'lat',
      'The latitude should lie within -90 and 90 degrees',
      lat,
    );
  }
  if (!(lon >= -180 && lon <= 180)) {
    return fault(
      'position-invalid',
      'lon',
      'The longitude should lie within -180 and 180 degrees',
      lon,
    );
  }
  if (altitude !== null && !Number.isFinite(altitude)) {
    return fault('position-invalid', 'altitude', 'The altitude should be finite', altitude);
  }
  return undefined;
}
