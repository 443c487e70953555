/** A warehouse that is made up, the same at each start: stock, purchase orders, movements. Amounts are whole cents. */
export interface StockItem {
  readonly sku: string;
  readonly location: string;
  onHand: number;
  reserved: number;
  readonly unitCostCents: number;
  changedAtMs: number;
}

export interface PurchaseOrder {
  readonly number: string;
  readonly supplier: string;
  readonly currency: string;
  readonly totalCents: number;
  readonly orderedOn: string;
  status: 'open' | 'shipped' | 'received';
  updatedAtMs: number;
}

export interface Movement {
  readonly id: number;
  readonly sku: string;
  readonly from: string;
  readonly to: string;
  readonly quantity: number;
  readonly movedAtMs: number;
}

export interface World {
  readonly stock: readonly StockItem[];
  readonly orders: readonly PurchaseOrder[];
  readonly movements: readonly Movement[];
  /** Something is moved, and now and then an order comes further. */
  turn(nowMs: number): void;
}

const locations = ['Aarhus', 'Gdansk', 'Tampere'] as const;
const suppliers = ['Brandt & Sohn', 'Kaleva Metal', 'Nordkap Seals', 'Vistula Bearings'] as const;
const skus = 40;
const orderCount = 48;
const movementCount = 600;
const hourMs = 3_600_000;

export function createWorld(nowMs: number, seed = 20_260_131): World {
  const random = seededRandom(seed);
  const whole = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const pick = <T>(list: readonly T[]) => list[whole(0, list.length - 1)] as T;
  const sku = (n: number) => `SKU-${1000 + n}`;
  const stock = locations.flatMap((location) =>
    Array.from({ length: skus }, (_, n) => ({
      sku: sku(n),
      location,
      onHand: whole(0, 400),
      reserved: whole(0, 40),
      unitCostCents: whole(45, 24_999),
      changedAtMs: nowMs - whole(1, 72) * hourMs,
    })),
  );
  const orders = Array.from({ length: orderCount }, (_, n): PurchaseOrder => {
    const updatedAtMs = nowMs - whole(1, 96) * hourMs;
    return {
      number: `PO-${7001 + n}`,
      supplier: pick(suppliers),
      currency: 'EUR',
      totalCents: whole(10_000, 4_999_999),
      orderedOn: new Date(updatedAtMs - 72 * hourMs).toISOString().slice(0, 10),
      status: pick(['open', 'open', 'shipped', 'received']),
      updatedAtMs,
    };
  });
  const movements: Movement[] = [];
  const move = (movedAtMs: number) => {
    const from = pick(locations);
    const to = pick(locations.filter((one) => one !== from));
    const quantity = whole(1, 60);
    const movement = { id: movements.length + 1, sku: sku(whole(0, skus - 1)), from, to };
    movements.push({ ...movement, quantity, movedAtMs });
    return movement;
  };
  for (let n = 0; n < movementCount; n++)
    move(nowMs - Math.floor(((movementCount - n) * 72 * hourMs) / movementCount));

  return {
    stock,
    orders,
    movements,
    turn(atMs) {
      const { from, sku: moved, to } = move(atMs);
      for (const item of stock) {
        if (item.sku !== moved || (item.location !== from && item.location !== to)) continue;
        const { quantity } = movements.at(-1) as Movement;
        item.onHand = Math.max(0, item.onHand + (item.location === to ? quantity : -quantity));
        item.changedAtMs = atMs;
      }
      const order = orders[whole(0, orders.length * 5)];
      if (order === undefined || order.status === 'received') return;
      order.status = order.status === 'open' ? 'shipped' : 'received';
      order.updatedAtMs = atMs;
    },
  };
}

/** Mulberry32: 0 to 1, the same row of numbers for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
