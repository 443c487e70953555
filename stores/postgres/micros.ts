/** A `timestamptz` column as microseconds since 1970, exactly. pg gives a bigint as text. */
export function micros(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000000)::bigint`;
}
