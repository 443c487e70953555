import type { Step } from '../step.ts';

/** Field -> how the sender's number becomes one in the model's unit. */
export type Conversions = ReadonlyMap<string, (value: number) => number>;

/** Numbers from the sender's units to the model's. Fields without a conversion stay as they are. */
export function convertUnits(conversions: Conversions): Step {
  const list = [...conversions];
  return (reading) => {
    let numbers: Record<string, number> | undefined;
    for (const [name, convert] of list) {
      const value = reading.numbers[name];
      // Not `undefined`: a field may be called `constructor`.
      if (typeof value !== 'number') continue;
      numbers ??= { ...reading.numbers };
      numbers[name] = convert(value);
    }
    return { kind: 'ok', reading: numbers === undefined ? reading : { ...reading, numbers } };
  };
}
