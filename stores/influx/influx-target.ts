import { HttpError } from '@influxdata/influxdb-client';
import { z } from 'zod';
import type { InfluxSettings } from '../../core/config/settings.ts';
import type { InfluxConnection } from './influx-connection.ts';
import { influxFailure } from './influx-failure.ts';
import { identifier, parseAnswer } from './influx-ql.ts';

/** Where points go. */
export interface InfluxTarget {
  /** How long InfluxDB keeps points, in milliseconds; null: for ever, or the credentials may not ask. */
  readonly retentionMs: number | null;
  readonly isNew: boolean;
}

/** What to do when the bucket or database is missing and may not be made by us. */
export function remedyOf(settings: InfluxSettings, historyMs: number | null): string {
  const seconds = retentionSeconds(historyMs);
  return settings.version === 2
    ? `Make it: influx bucket create --org ${settings.org} --name ${settings.bucket} --retention ${seconds}s; or give a token that may make buckets.`
    : `Make it: ${createDatabase(settings.database, historyMs)}; or give a user that may.`;
}

/**
 * Makes the bucket or database when it is missing and the credentials may, with the configuration's history as its
 * retention. Credentials that may only write are enough for one that is there. Rejects as `influxFailure` says.
 */
export async function prepareTarget(
  connection: InfluxConnection,
  historyMs: number | null,
): Promise<InfluxTarget> {
  const { settings, target } = connection;
  try {
    return settings.version === 2
      ? await prepareBucket(connection, settings, historyMs)
      : await prepareDatabase(connection, settings.database, historyMs);
  } catch (error) {
    throw influxFailure(error, { target, remedy: remedyOf(settings, historyMs) });
  }
}

/** InfluxDB takes no retention below an hour; 0 is for ever. */
function retentionSeconds(historyMs: number | null): number {
  return historyMs === null ? 0 : Math.max(3600, Math.ceil(historyMs / 1000));
}

const bucketList = z.object({
  buckets: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      retentionRules: z.array(z.object({ everySeconds: z.number().default(0) })).default([]),
    }),
  ),
});
const organizationList = z.object({ orgs: z.array(z.object({ id: z.string() })) });

async function prepareBucket(
  connection: InfluxConnection,
  { org, bucket }: Extract<InfluxSettings, { version: 2 }>,
  historyMs: number | null,
): Promise<InfluxTarget> {
  const unknown: InfluxTarget = { retentionMs: null, isNew: false };
  const answer = await connection
    .call('GET', '/api/v2/buckets', { org, name: bucket })
    .catch(ifForbidden(undefined, mayNotSee));
  const found = bucketList.safeParse(answer).data?.buckets.find(({ name }) => name === bucket);
  if (found !== undefined) {
    const seconds = found.retentionRules[0]?.everySeconds ?? 0;
    return { retentionMs: seconds === 0 ? null : seconds * 1000, isNew: false };
  }
  const organizations = organizationList.safeParse(
    await connection.call('GET', '/api/v2/orgs', { org }).catch(ifForbidden(undefined, mayNotSee)),
  );
  const orgID = organizations.data?.orgs[0]?.id;
  if (orgID === undefined) return unknown;
  const everySeconds = retentionSeconds(historyMs);
  const retentionRules = everySeconds === 0 ? [] : [{ type: 'expire', everySeconds }];
  const made = await connection
    .call('POST', '/api/v2/buckets', {}, { orgID, name: bucket, retentionRules })
    .catch(ifForbidden(undefined, mayNotMake));
  if (made === undefined) return unknown;
  return { retentionMs: everySeconds === 0 ? null : everySeconds * 1000, isNew: true };
}

/** Whether it is there at all the first write tells, to credentials that may do nothing else. */
function ifForbidden<T>(otherwise: T, statuses: readonly number[]): (error: unknown) => T {
  return (error) => {
    if (error instanceof HttpError && statuses.includes(error.statusCode)) return otherwise;
    throw error;
  };
}

/** 401 is among the answers to a token that is sound and may not make buckets. */
const mayNotMake = [401, 403, 404, 422];
const mayNotSee = [403, 404];

function createDatabase(database: string, historyMs: number | null): string {
  const seconds = retentionSeconds(historyMs);
  const duration = seconds === 0 ? 'INF' : `${seconds}s`;
  return `CREATE DATABASE ${identifier(database)} WITH DURATION ${duration} NAME "autogen"`;
}

async function prepareDatabase(
  connection: InfluxConnection,
  database: string,
  historyMs: number | null,
): Promise<InfluxTarget> {
  const show = `SHOW RETENTION POLICIES ON ${identifier(database)}`;
  const [shown] = parseAnswer(await connection.query(show).catch(ifForbidden('', mayNotSee)));
  const policies = shown?.series[0];
  if (policies !== undefined) {
    const [duration, isDefault] = ['duration', 'default'].map((name) =>
      policies.columns.indexOf(name),
    );
    const policy = policies.values.find((row) => row[isDefault ?? -1] === true);
    return { retentionMs: durationMs(String(policy?.[duration ?? -1])), isNew: false };
  }
  if (shown?.error === undefined || !/not found/i.test(shown.error))
    return { retentionMs: null, isNew: false };
  const [made] = parseAnswer(
    await connection.query(createDatabase(database, historyMs)).catch(ifForbidden('', mayNotMake)),
  );
  if (made === undefined || made.error !== undefined) return { retentionMs: null, isNew: false };
  const seconds = retentionSeconds(historyMs);
  return { retentionMs: seconds === 0 ? null : seconds * 1000, isNew: true };
}

/** As in `168h0m0s`; null for 0, which is for ever. */
function durationMs(text: string): number | null {
  const [, hours = '0', minutes = '0', seconds = '0'] =
    /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return ms === 0 ? null : ms;
}
