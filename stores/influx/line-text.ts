/**
 * The texts of line protocol (https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/).
 *
 * Two things it has no way to hold in a tag or a name: a newline, and a backslash before a comma, an equals sign, a
 * blank or the end (the parser takes the two together as an escaped character). They are percent-encoded, and so is a
 * percent sign that stands before one of these codes; thus nothing is lost, and other texts stay as they are.
 */
const unholdable = /\n|\\+(?=[,= ]|$)|%(?=0A|5C|25)/g;
const mayBeUnholdable = /[\n\\%]/;

/** As InfluxDB holds it: what queries and other programs see. {@link fromHeldText} is the inverse. */
export function toHeldText(text: string): string {
  if (!mayBeUnholdable.test(text)) return text;
  return text.replace(unholdable, (part) => {
    if (part === '\n') return '%0A';
    return part === '%' ? '%25' : '%5C'.repeat(part.length);
  });
}

export function fromHeldText(held: string): string {
  return held.replace(/%(0A|5C|25)/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** A tag's key or value, or a field's key, as it stands in a line. */
export function nameText(text: string): string {
  return toHeldText(text).replace(/[,= ]/g, '\\$&');
}

export function measurementText(text: string): string {
  return toHeldText(text).replace(/[, ]/g, '\\$&');
}

/** A field's value of kind text; it may hold newlines. */
export function stringFieldText(text: string): string {
  return /["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}
