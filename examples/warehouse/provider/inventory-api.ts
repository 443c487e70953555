import { randomUUID } from 'node:crypto';
import { type Api, Limit, money, refused, time } from './api.ts';
import type { World } from './world.ts';

const tokenLastsSeconds = 90;
const pageSize = 50;

/**
 * Stock by SKU and location. OAuth2 (client credentials), pages by cursor, `changed_since`, and X-RateLimit headers.
 * `POST /inventory/oauth/token`, `GET /inventory/v2/stock`.
 */
export function inventoryApi(
  world: World,
  client: { readonly id: string; readonly secret: string },
): Api {
  const tokens = new Map<string, number>();
  const limit = new Limit(20, 5000);

  const giveToken: Api = ({ headers, body, method, nowMs }) => {
    const pair = Buffer.from(`${client.id}:${client.secret}`).toString('base64');
    if (method !== 'POST') return refused(405, 'POST it.');
    if (new URLSearchParams(body).get('grant_type') !== 'client_credentials')
      return { status: 400, body: '{"error":"unsupported_grant_type"}' };
    if (headers.authorization !== `Basic ${pair}`)
      return { status: 401, body: '{"error":"invalid_client"}' };
    for (const [token, endsAtMs] of tokens) if (endsAtMs <= nowMs) tokens.delete(token);
    const token = randomUUID();
    tokens.set(token, nowMs + tokenLastsSeconds * 1000);
    const answer = { access_token: token, token_type: 'Bearer', expires_in: tokenLastsSeconds };
    return { status: 200, body: JSON.stringify(answer) };
  };

  const giveStock: Api = ({ headers, nowMs, url }) => {
    const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
    if ((tokens.get(token) ?? 0) <= nowMs) return refused(401, 'The token is unknown or over.');
    const { left, resetSeconds } = limit.take(nowMs);
    const limits = {
      'x-ratelimit-remaining': `${Math.max(0, left)}`,
      'x-ratelimit-reset': `${resetSeconds}`,
    };
    if (left < 0) return refused(429, 'Too many requests.', limits);
    const since = url.searchParams.get('changed_since') ?? '';
    const all = world.stock
      .filter(({ changedAtMs }) => time(changedAtMs) >= since)
      .sort((a, b) => a.changedAtMs - b.changedAtMs);
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const next = from + pageSize < all.length ? `"${from + pageSize}"` : 'null';
    const items = all
      .slice(from, from + pageSize)
      .map(
        (item) =>
          `{"sku":"${item.sku}","location":"${item.location}","on_hand":${item.onHand},` +
          `"reserved":${item.reserved},"unit_cost":${money(item.unitCostCents)},"changed_at":"${time(item.changedAtMs)}"}`,
      );
    return { status: 200, headers: limits, body: `{"data":[${items}],"next_cursor":${next}}` };
  };

  return (request) =>
    request.url.pathname === '/inventory/oauth/token' ? giveToken(request) : giveStock(request);
}
