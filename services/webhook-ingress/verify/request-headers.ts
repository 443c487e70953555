import type { Failure, WebhookRequest } from './verdict.ts';

type Headers = WebhookRequest['headers'];

/** Every value of a header, in the order of arrival. */
export function valuesOf(headers: Headers, name: string): readonly string[] {
  const values: string[] = [];
  for (const key of Object.keys(headers)) {
    if (key.length !== name.length || key.toLowerCase() !== name.toLowerCase()) continue;
    const value = headers[key];
    if (typeof value === 'string') values.push(value);
    else if (value !== undefined) values.push(...value);
  }
  return values;
}

/**
 * The value of a header that may come once: of two, one could be for whoever checks and the other for whoever reads.
 * Undefined when it is absent or empty.
 */
export function oneValueOf(headers: Headers, name: string): string | undefined | Failure {
  const values = valuesOf(headers, name);
  if (values.length > 1)
    return {
      ok: false,
      check: 'header-repeated',
      detail: `The header ${name} came ${values.length} times; expected once.`,
    };
  return values[0] === '' ? undefined : values[0];
}
