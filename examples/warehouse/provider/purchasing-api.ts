import { type Api, Limit, money, refused, time } from './api.ts';
import type { World } from './world.ts';

/**
 * Purchase orders. An API key in a header, pages by number, `updated_since`, and 429 with Retry-After.
 * `GET /purchasing/orders`.
 */
export function purchasingApi(world: World, apiKey: string): Api {
  const limit = new Limit(4, 3000);
  return ({ headers, nowMs, url }) => {
    if (headers['x-api-key'] !== apiKey) return refused(401, 'The API key is not known.');
    const { left, resetSeconds } = limit.take(nowMs);
    if (left < 0)
      return refused(429, 'Four requests in three seconds.', { 'retry-after': `${resetSeconds}` });
    const since = url.searchParams.get('updated_since') ?? '';
    const [page, size] = [Number(url.searchParams.get('page')), 10];
    const all = world.orders.filter(({ updatedAtMs }) => time(updatedAtMs) >= since);
    const orders = all
      .slice((page - 1) * size, page * size)
      .map(
        (order) =>
          `{"number":"${order.number}","supplier":"${order.supplier}","status":"${order.status}",` +
          `"ordered_on":"${order.orderedOn}","total":{"amount":${money(order.totalCents)},"currency":"${order.currency}"},` +
          `"updated_at":"${time(order.updatedAtMs)}"}`,
      );
    const pages = Math.ceil(all.length / size);
    return { status: 200, body: `{"orders":[${orders}],"page":${page},"pages":${pages}}` };
  };
}
