import { Observable } from './observable.ts';
import { adjust, pageAddress } from './page-address.ts';

export type Theme = 'light' | 'dark';

const system = window.matchMedia('(prefers-color-scheme: dark)');
const storageKey = 'millrace.theme';

function stored(): Theme | null {
  try {
    const named = localStorage.getItem(storageKey);
    return named === 'light' || named === 'dark' ? named : null;
  } catch {
    return null; // Storage may be forbidden; the system's theme then holds.
  }
}

const systemTheme = (): Theme => (system.matches ? 'dark' : 'light');

/** From the link, else from the last choice on this machine, else from the system. */
const themeNow = (): Theme => pageAddress.get().theme ?? stored() ?? systemTheme();

export const theme = new Observable<Theme>(themeNow());

function show(): void {
  document.documentElement.dataset.theme = theme.get();
  const ground = theme.get() === 'dark' ? '#171b20' : '#ffffff';
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', ground);
}

show();
theme.subscribe(show);
system.addEventListener('change', () => theme.set(themeNow()));
pageAddress.subscribe(() => theme.set(themeNow()));

/** Switches, and remembers. */
export function switchTheme(): void {
  const next = theme.get() === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem(storageKey, next);
  } catch {
    // As above: the choice then lasts as long as the address.
  }
  adjust({ theme: next });
}
