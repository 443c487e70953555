import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';

/** What a decoder written in TypeScript is declared with. */
export interface CustomFormatDeclaration {
  readonly name: string;
  /** MQTT topic filters that it is for; a source may add others. */
  readonly topics?: readonly string[];
  /** Of the payload; `application/octet-stream` when absent. */
  readonly contentType?: string;
  /** `decode` is given a `memory`, which outlives restarts: what it puts is on disk before the packet is acknowledged. */
  readonly remembers?: true;
  /** Entity types and fields that it can give. */
  readonly emits: Readonly<Record<string, readonly string[]>>;
  /** UCUM codes of the numbers as the sender gives them, where they differ from the model's. */
  readonly units?: NonNullable<Format['units']>;
  /** Pure, and one outcome for each part of the payload; see formats/README.md. */
  readonly decode: (input: FormatInput) => readonly FormatOutcome[];
}

/**
 * A format of one's own. What `decode` throws, or an empty list, is a dead letter `decoder-threw`: a payload that
 * nothing came of is never lost silently. What no reading may hold (a NaN, an empty id) the ingress refuses.
 */
export function custom(declaration: CustomFormatDeclaration): Format {
  const { decode, contentType = 'application/octet-stream', ...rest } = declaration;
  return {
    ...rest,
    contentType,
    decode(input) {
      try {
        const outcomes = decode(input);
        return Array.isArray(outcomes) && outcomes.length > 0
          ? outcomes
          : [threw(declaration.name, nothing)];
      } catch (error) {
        return [threw(declaration.name, `threw ${String(error).split('\n')[0]}`)];
      }
    },
  };
}

const nothing = 'returned nothing; to set a packet aside return { kind: "drop" }';

const threw = (name: string, what: string): FormatOutcome => ({
  kind: 'deadLetter',
  reason: 'decoder-threw',
  detail: `The format ${name} ${what}.`,
});
