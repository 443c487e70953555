const unitMs = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
} as const;

const unitBytes = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;

/** What a span must look like, for messages. */
export const spanExpected = 'a span such as 30s, 15m, 2h, 7d or 4w';
export const sizeExpected = 'a size such as 500MB or 10GB';

/** `30s`, `15m`, `2h`, `7d`, `4w`, `250ms` -> milliseconds, more than 0. Undefined when it is none. */
export function parseSpanMs(span: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d|w)$/.exec(span) ?? [];
  if (digits === undefined) return undefined;
  const spanMs = Math.round(Number(digits) * unitMs[unit as keyof typeof unitMs]);
  return spanMs > 0 && Number.isSafeInteger(spanMs) ? spanMs : undefined;
}

/** As {@link parseSpanMs}, and null for `forever`. */
export function parseSpanOrForever(span: string): number | null | undefined {
  return span === 'forever' ? null : parseSpanMs(span);
}

/** `500MB`, `10GB` (powers of 1,000) -> bytes, more than 0. Undefined when it is none. */
export function parseSizeBytes(size: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?(B|KB|MB|GB|TB)$/.exec(size) ?? [];
  if (digits === undefined) return undefined;
  const bytes = Math.round(Number(digits) * unitBytes[unit as keyof typeof unitBytes]);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A span of a checked configuration in milliseconds. */
export function spanMsOr(span: string | undefined, defaultMs: number): number {
  return (span === undefined ? undefined : parseSpanMs(span)) ?? defaultMs;
}

/** A size of a checked configuration in bytes. */
export function sizeBytesOr(size: string | undefined, defaultBytes: number): number {
  return (size === undefined ? undefined : parseSizeBytes(size)) ?? defaultBytes;
}
