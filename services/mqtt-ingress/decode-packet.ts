import type { Format, FormatOutcome } from '../../core/format.ts';
import type { Packet } from './packet.ts';

/** A packet larger than a record may be (less what a dead letter needs around it) is not looked into. */
export const maxPayloadBytes = 950_000;

/**
 * The format's outcomes, at least one. What a format must not do is made good here: one that throws, or gives nothing,
 * gives a dead letter. A retained packet without a payload deletes the retained one (MQTT 3.1.1, 3.3.1.3): no reading.
 */
export function decodePacket(
  format: Format,
  { topic, payload, retain }: Pick<Packet, 'topic' | 'payload' | 'retain'>,
): readonly FormatOutcome[] {
  if (retain && payload.length === 0) return [{ kind: 'drop', reason: 'retained-state' }];
  if (payload.length > maxPayloadBytes) return [tooLarge(payload.length)];
  try {
    const outcomes = format.decode({ topic, payload });
    return outcomes.length > 0 ? outcomes : [{ kind: 'drop', reason: 'not-a-reading' }];
  } catch (error) {
    return [threw(format.name, error)];
  }
}

function tooLarge(bytes: number): FormatOutcome {
  return {
    kind: 'deadLetter',
    reason: 'payload-too-large',
    detail: `The payload has ${bytes} bytes; ${maxPayloadBytes} at most are decoded.`,
  };
}

function threw(format: string, error: unknown): FormatOutcome {
  const line = error instanceof Error ? (error.stack ?? error.message).split('\n')[0] : error;
  return {
    kind: 'deadLetter',
    reason: 'decoder-threw',
    detail: `The format ${format} threw: ${line}`,
  };
}
