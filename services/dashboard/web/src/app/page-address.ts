import { formatAddress, type PageAddress, parseAddress } from './address-text.ts';
import { Observable } from './observable.ts';

export const pageAddress = new Observable<PageAddress>(parseAddress(location.search));

window.addEventListener('popstate', () => pageAddress.set(parseAddress(location.search)));

function go(change: Partial<PageAddress>, how: 'push' | 'replace'): void {
  const next = { ...pageAddress.get(), ...change };
  const url = `${location.pathname}${formatAddress(next)}${location.hash}`;
  if (how === 'push') history.pushState(null, '', url);
  else history.replaceState(null, '', url);
  pageAddress.set(next);
}

/** A step that "back" undoes: another entity, a panel. */
export const goTo = (change: Partial<PageAddress>) => go(change, 'push');
/** A change that "back" passes over: a field, a range, a letter typed. */
export const adjust = (change: Partial<PageAddress>) => go(change, 'replace');
