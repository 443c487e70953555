import { custom, type Format } from 'millrace';

/** A format whose payloads are about several things: what each of these makes of it, one after the other. */
export function severalReadings(name: string, formats: readonly Format[]): Format {
  return custom({
    name,
    contentType: 'application/json',
    emits: emitsOf(formats),
    decode: (input) => {
      const outcomes = formats.flatMap((format) => format.decode(input));
      // A mapping that the payload isn't for drops it; what all of them drop is dropped once.
      const taken = outcomes.filter(({ kind }) => kind !== 'drop');
      return taken.length > 0 ? taken : outcomes.slice(0, 1);
    },
  });
}

function emitsOf(formats: readonly Format[]): Record<string, readonly string[]> {
  const emits: Record<string, readonly string[]> = {};
  for (const format of formats)
    for (const [entityType, fields] of Object.entries(format.emits))
      emits[entityType] = [...new Set([...(emits[entityType] ?? []), ...fields])];
  return emits;
}
