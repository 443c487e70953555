import type { SeriesQuery } from '../store.ts';
import { ask } from './influx-ask.ts';
import type { InfluxConnection } from './influx-connection.ts';
import { identifier, literal, type StatementAnswer } from './influx-ql.ts';
import { fromHeldText, toHeldText } from './line-text.ts';

export type FieldType = 'number' | 'flag' | 'text';

/** What InfluxDB knows of an entity that is asked for. */
export interface EntityFacts {
  readonly entityType: string;
  readonly entityId: string;
  /** Of its measurement, by field names as readings have them. */
  readonly fieldTypes: ReadonlyMap<string, FieldType>;
  /** Microseconds, of its points in the time asked for; undefined when there is none. */
  readonly span: { readonly first: number; readonly last: number } | undefined;
  /** `FROM` this: measurement, entity and time. */
  readonly from: string;
  column(field: string): string;
}

/** In the order asked for, without those that InfluxDB doesn't know. */
export async function findEntities(
  connection: InfluxConnection,
  query: SeriesQuery,
): Promise<EntityFacts[]> {
  const types = [...new Set(query.entities.map(({ entityType }) => entityType))];
  const answers = await ask(connection, [
    ...types.map((type) => `SHOW FIELD KEYS FROM ${measurement(type)}`),
    ...query.entities.flatMap((entity) => {
      const from = fromOf(entity, query);
      return [
        `SELECT * FROM ${from} ORDER BY time LIMIT 1`,
        `SELECT * FROM ${from} ORDER BY time DESC LIMIT 1`,
      ];
    }),
  ]);
  const fieldTypes = new Map(types.map((type, index) => [type, fieldTypesOf(answers[index])]));
  const facts = query.entities.map((entity, index): EntityFacts => {
    const [first, last] = answers.slice(types.length + index * 2);
    return {
      ...entity,
      fieldTypes: fieldTypes.get(entity.entityType) ?? new Map(),
      span: spanOf(first, last),
      from: fromOf(entity, query),
      column: (field: string) => `${identifier(toHeldText(field))}::field`,
    };
  });
  const absent = facts.filter(({ span }) => span === undefined);
  const unknown = await unknownOf(connection, absent);
  return facts.filter((entity) => !unknown.has(entity));
}

type Entity = SeriesQuery['entities'][number];

/** Of those that have nothing in the time asked for: which have nothing at any time. */
async function unknownOf(
  connection: InfluxConnection,
  entities: readonly EntityFacts[],
): Promise<ReadonlySet<EntityFacts>> {
  const answers = await ask(
    connection,
    entities.map((entity) => `SELECT * FROM ${fromOf(entity)} LIMIT 1`),
  );
  return new Set(entities.filter((_, index) => answers[index]?.series.length === 0));
}

function fromOf({ entityType, entityId }: Entity, time?: Pick<SeriesQuery, 'from' | 'to'>): string {
  const from = `${measurement(entityType)} WHERE "entityId" = ${literal(toHeldText(entityId))}`;
  if (time === undefined) return from;
  return `${from} AND time >= ${nanoseconds(time.from)} AND time < ${nanoseconds(time.to)}`;
}

const measurement = (entityType: string) => identifier(toHeldText(entityType));

function nanoseconds(micros: number): string {
  return String(BigInt(Math.ceil(micros)) * 1000n);
}

function spanOf(
  first: StatementAnswer | undefined,
  last: StatementAnswer | undefined,
): EntityFacts['span'] {
  const [from, to] = [first, last].map((answer) => answer?.series[0]?.values[0]?.[0]);
  return typeof from === 'number' && typeof to === 'number' ? { first: from, last: to } : undefined;
}

/** A field that was of several types in its time is read as the first of them, as InfluxDB does. */
const typesByPrecedence: readonly [name: string, type: FieldType][] = [
  ['float', 'number'],
  ['integer', 'number'],
  ['unsigned', 'number'],
  ['string', 'text'],
  ['boolean', 'flag'],
];

function fieldTypesOf(answer: StatementAnswer | undefined): Map<string, FieldType> {
  const types = new Map<string, FieldType>();
  const rows = answer?.series[0]?.values ?? [];
  for (const [name, type] of typesByPrecedence)
    for (const [field, itsType] of rows)
      if (itsType === name && !types.has(fromHeld(field))) types.set(fromHeld(field), type);
  return types;
}

const fromHeld = (field: unknown) => fromHeldText(String(field));
