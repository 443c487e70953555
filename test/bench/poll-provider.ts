/** The provider of poll-bench.ts, in a process of its own. Arguments: pages, items a page. Tells its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const [pages = 0, items = 0] = process.argv.slice(2).map(Number);
const startMs = Date.now();

const server = createServer((request, response) => {
  const page = Number(
    new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('page') ?? 0,
  );
  const list = Array.from({ length: items }, (_, n) => {
    const number = page * items + n;
    return {
      id: `b${number % 500}`,
      at: startMs + number,
      speed: 8.5 + (number % 70) / 10,
      line: '4A',
    };
  });
  const next = page + 1 < pages ? page + 1 : null;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ items: list, next }));
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
