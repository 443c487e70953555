import { z } from 'zod';
import { aTextThat, exactly, headerName, span } from './schema-parts.ts';

const algorithms = ['sha1', 'sha256', 'sha384', 'sha512'] as const;
const encodings = ['hex', 'base64', 'base64url'] as const;
const units = ['s', 'ms', 'rfc3339'] as const;

const one = <const T extends readonly string[]>(names: T) =>
  z.enum(names, { error: `one of ${names.join(', ')}` });

/** An HMAC of a sender's own making; a time that is not signed, or not read, proves nothing. */
export function hmacSchema(secrets: z.ZodType) {
  return exactly({
    scheme: z.literal('hmac'),
    secret: secrets,
    header: headerName,
    algorithm: one(algorithms).optional(),
    encoding: one(encodings).optional(),
    prefix: aTextThat('printable ASCII', (text) => /^[\x20-\x7e]+$/.test(text)).optional(),
    signed: aTextThat(
      'a text with {body} in it once, and {timestamp} once at most',
      (text) => count(text, '{body}') === 1 && count(text, '{timestamp}') <= 1,
    ).optional(),
    timestamp: exactly({ header: headerName, unit: one(units).optional() }).optional(),
    tolerance: span.optional(),
  }).superRefine(({ signed = '{body}', timestamp, tolerance }, context) => {
    const fault = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    const isTimeSigned = signed.includes('{timestamp}');
    if (isTimeSigned && timestamp === undefined)
      fault('timestamp', 'the header of the time, as { header }, since {timestamp} is signed');
    if (!isTimeSigned && timestamp !== undefined)
      fault('signed', '{timestamp} in it, since a time that is not signed proves nothing');
    if (timestamp === undefined && tolerance !== undefined)
      fault('tolerance', 'it absent where there is no timestamp');
  });
}

const count = (text: string, part: string) => text.split(part).length - 1;
