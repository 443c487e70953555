export type RangeName = '15m' | '1h' | '6h' | '24h' | '7d';
export type PanelName = 'ledger' | 'dead-letters' | 'help';

/** All of the page's state that a link carries. */
export interface PageAddress {
  /** `type/id` of the chosen entity. */
  readonly entity: string | null;
  /** The field whose chart is shown; null: the model's first. */
  readonly field: string | null;
  readonly range: RangeName;
  /** The type that the list is narrowed to. */
  readonly type: string | null;
  readonly search: string;
  readonly panel: PanelName | null;
  /** Null: the last choice on this machine, else the system's. */
  readonly theme: 'light' | 'dark' | null;
  /** A past time (epoch ms) that the page shows; null: live. */
  readonly at: number | null;
}

export const ranges: Readonly<Record<RangeName, number>> = {
  '15m': 15 * 60_000,
  '1h': 3_600_000,
  '6h': 6 * 3_600_000,
  '24h': 24 * 3_600_000,
  '7d': 7 * 24 * 3_600_000,
};

const panels: readonly PanelName[] = ['ledger', 'dead-letters', 'help'];

export function parseAddress(query: string): PageAddress {
  const parameters = new URLSearchParams(query);
  const range = parameters.get('range');
  const panel = parameters.get('panel');
  const at = parameters.get('at') === null ? Number.NaN : Date.parse(parameters.get('at') ?? '');
  const theme = parameters.get('theme');
  return {
    entity: parameters.get('entity'),
    field: parameters.get('field'),
    range: range !== null && Object.hasOwn(ranges, range) ? (range as RangeName) : '15m',
    type: parameters.get('type'),
    search: parameters.get('q') ?? '',
    panel: panels.find((name) => name === panel) ?? null,
    theme: theme === 'light' || theme === 'dark' ? theme : null,
    at: Number.isFinite(at) ? at : null,
  };
}

/** The inverse of {@link parseAddress}; what stands at its default is left out. Empty when all does. */
export function formatAddress(address: PageAddress): string {
  const parameters = new URLSearchParams();
  if (address.entity !== null) parameters.set('entity', address.entity);
  if (address.field !== null) parameters.set('field', address.field);
  if (address.range !== '15m') parameters.set('range', address.range);
  if (address.type !== null) parameters.set('type', address.type);
  if (address.search !== '') parameters.set('q', address.search);
  if (address.panel !== null) parameters.set('panel', address.panel);
  if (address.theme !== null) parameters.set('theme', address.theme);
  if (address.at !== null) parameters.set('at', new Date(address.at).toISOString());
  const query = parameters.toString().replaceAll('%2F', '/').replaceAll('%3A', ':');
  return query === '' ? '' : `?${query}`;
}
