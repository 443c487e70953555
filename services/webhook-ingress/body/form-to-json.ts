import { type Refusal, refuse } from '../refusal.ts';

const maxFields = 1000;
const ampersand = 0x26;

/**
 * The fields of a form (`application/x-www-form-urlencoded`) as the bytes of a JSON object: texts, and a list of them
 * for a name that comes more than once.
 */
export function formToJson(bytes: Buffer): Buffer | Refusal {
  const first = bytes[0];
  // A form writes them as %7B and %5B: it is what curl -d sends when it isn't told that it is JSON.
  if (first === 0x7b || first === 0x5b)
    return refuse(
      'type-unsupported',
      'The content type says that the body is a form; it begins like JSON. Send it with Content-Type: application/json.',
    );
  let fields = 1;
  for (const byte of bytes) if (byte === ampersand) fields++;
  if (fields > maxFields)
    return refuse(
      'delivery-unreadable',
      `A form should have at most ${maxFields} fields; it has ${fields}.`,
    );
  // Without a prototype, so that a field may have any name.
  const values: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(bytes.toString('utf8'))) {
    const known = values[name];
    if (known === undefined) values[name] = value;
    else if (Array.isArray(known)) known.push(value);
    else values[name] = [known, value];
  }
  return Buffer.from(JSON.stringify(values));
}
