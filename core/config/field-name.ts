const fieldNamePattern = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** Taken by what every reading has: in InfluxDB, in the store's times of each field, and in mapped tables. */
export const reservedFieldNames: readonly string[] = [
  'time',
  'entityId',
  'source',
  'lat',
  'lon',
  'altitude',
  'position',
  'zones',
  'observedAt',
  'receivedAt',
  'eventId',
];

/** Whether a field of a model may have this name, as far as it is not reserved. */
export function hasFieldNameShape(name: string): boolean {
  return fieldNamePattern.test(name);
}

export function isReservedFieldName(name: string): boolean {
  return reservedFieldNames.includes(name);
}
