import { type Api, refused, time } from './api.ts';
import type { World } from './world.ts';

const pageSize = 100;

/**
 * Movements between the locations. Basic authentication, pages by the Link header (RFC 8288), an ETag, and time ranges
 * by `from` and `to`; without `from` those of the last day. `GET /wms/movements`.
 */
export function movementsApi(
  world: World,
  user: { readonly name: string; readonly password: string },
): Api {
  const pair = Buffer.from(`${user.name}:${user.password}`).toString('base64');
  return ({ headers, nowMs, url }) => {
    if (headers.authorization !== `Basic ${pair}`)
      return refused(401, 'User or password is wrong.', { 'www-authenticate': 'Basic' });
    const etag = `"${world.movements.length}"`;
    if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
    const from = url.searchParams.get('from') ?? time(nowMs - 24 * 3_600_000);
    const to = url.searchParams.get('to') ?? '9999';
    const all = world.movements.filter(({ movedAtMs }) => {
      const at = time(movedAtMs);
      return at >= from && at < to;
    });
    const offset = Number(url.searchParams.get('offset') ?? 0);
    const next = new URL(url);
    next.searchParams.set('from', from);
    next.searchParams.set('offset', `${offset + pageSize}`);
    const hasMore = offset + pageSize < all.length;
    const link = `<${next.pathname}${next.search}>; rel="next"`;
    const movements = all.slice(offset, offset + pageSize).map(({ movedAtMs, ...movement }) => ({
      ...movement,
      movedAt: time(movedAtMs),
    }));
    return {
      status: 200,
      headers: { etag, ...(hasMore && { link }) },
      body: JSON.stringify({ movements }),
    };
  };
}
