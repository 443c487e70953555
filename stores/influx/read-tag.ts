import { SeriesBuilder, type SeriesShape } from '../series-builder.ts';
import type { Series } from '../store.ts';
import type { EntityFacts } from './find-entities.ts';
import { ask } from './influx-ask.ts';
import type { InfluxConnection } from './influx-connection.ts';
import { identifier } from './influx-ql.ts';
import { fromHeldText, toHeldText } from './line-text.ts';

/** Rows of one answer; more than an entity can have at one time (1,000 for each of its sources). */
const pageRows = 10_000;
/** Tags of every point; readings have no field of these names. */
const ownTags = new Set(['entityId', 'source', 'time']);

/**
 * A tag that is asked for like a field. InfluxQL has no functions of tags, so its points are read, a page at a time,
 * and gathered here.
 */
export async function readTag(
  connection: InfluxConnection,
  entity: EntityFacts,
  { tag, ...shape }: SeriesShape & { readonly tag: string },
): Promise<Pick<Series, 'everyMs' | 'points' | 'band'>> {
  const builder = new SeriesBuilder(shape);
  const { span } = entity;
  if (span === undefined || ownTags.has(tag)) return builder.finish();
  const column = identifier(toHeldText(tag));
  let from = span.first;
  for (;;) {
    const [answer] = await ask(connection, [
      `SELECT *::field, ${column}::tag FROM ${entity.from} AND time >= ${from}u AND ${column} != '' ORDER BY time LIMIT ${pageRows}`,
    ]);
    const { columns = [], values = [] } = answer?.series[0] ?? {};
    const last = Number(values.at(-1)?.[0]);
    const isWhole = values.length < pageRows;
    const index = columns.indexOf(toHeldText(tag));
    values.forEach((row, seq) => {
      const observedAt = Number(row[0]);
      // Of the last time there may be more: they come with the next page.
      if (!isWhole && observedAt === last) return;
      builder.add({ observedAt, seq, eventId: '', value: fromHeldText(String(row[index])) });
    });
    if (isWhole) return builder.finish();
    from = last;
  }
}
