import type { ServerResponse } from 'node:http';
import { type Got, type Provider, sendJson, startProvider } from './start-provider.ts';

const dayMs = 86_400_000;
const pageSize = 40;
const newPerPoll = 3;

export interface PagedProvider extends Provider {
  /** Ids of everything that it has ever shown in a whole answer, by source. */
  readonly shown: ReadonlySet<string>;
  readonly notes: number;
  /** Pages of the backfill that were answered whole. */
  readonly backfillPages: number;
  readonly gaugePolls: number;
  /** Nothing new comes any more. */
  rest(): void;
}

/**
 * A provider with `perDay` shipments on each of some days, and a few new ones at each poll, in pages by cursor; now
 * and then it fails, cuts its answer, or asks to wait. Every tenth item is a note, no shipment.
 */
export async function startPagedProvider(options: {
  readonly fromMs: number;
  readonly days: number;
  readonly perDay: number;
}): Promise<PagedProvider> {
  const { fromMs, days, perDay } = options;
  const old = Array.from({ length: days * perDay }, (_, n) =>
    itemOf(`s${n}`, n, fromMs + Math.floor((n * dayMs) / perDay)),
  );
  const recent: ReturnType<typeof itemOf>[] = [];
  const shown = new Set<string>();
  let [requests, backfillPages, gaugePolls] = [0, 0, 0];
  let isResting = false;

  function answerShipments({ url }: Got, response: ServerResponse): void {
    const { from, page, since, to } = Object.fromEntries(url.searchParams);
    // A poll's first page brings something new; its later pages belong to what was there.
    if (from === undefined && page === undefined && !isResting)
      for (let n = 0; n < newPerPoll; n++)
        recent.push(itemOf(`r${recent.length}`, recent.length, Date.now()));
    const all =
      from === undefined
        ? recent.filter(({ at }) => since === undefined || at >= since)
        : old.filter(({ at }) => at >= from && at < (to ?? ''));
    const offset = Number(page ?? 0);
    const items = all.slice(offset, offset + pageSize);
    for (const item of items) shown.add(item.id);
    if (from !== undefined) backfillPages++;
    const hasMore = offset + pageSize < all.length;
    sendJson(response, { items, next: hasMore ? `${offset + pageSize}` : null });
  }

  const provider = await startProvider(async (got, response) => {
    await new Promise((resolve) => setTimeout(resolve, 3));
    if (got.url.pathname === '/gauge') {
      gaugePolls++;
      sendJson(response, [{ level: 1.5, n: gaugePolls }]);
      return;
    }
    if (got.headers.authorization !== 'Bearer of-the-crash-test') {
      sendJson(response, {}, { status: 401 });
      return;
    }
    requests++;
    if (requests % 29 === 7) sendJson(response, {}, { status: 500 });
    else if (requests % 29 === 13)
      sendJson(response, {}, { status: 429, headers: { 'retry-after': '0.2' } });
    else if (requests % 29 === 19) {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"items": [');
      setTimeout(() => response.destroy(), 5);
    } else answerShipments(got, response);
  });
  return {
    ...provider,
    shown,
    get notes() {
      return [...shown].filter((id) => isNote(Number(id.slice(1)))).length;
    },
    get backfillPages() {
      return backfillPages;
    },
    get gaugePolls() {
      return gaugePolls;
    },
    rest() {
      isResting = true;
    },
  };
}

export const isNote = (n: number) => n % 10 === 9;

function itemOf(id: string, n: number, atMs: number) {
  return { id, n, kind: isNote(n) ? 'note' : 'shipment', at: new Date(atMs).toISOString() };
}
