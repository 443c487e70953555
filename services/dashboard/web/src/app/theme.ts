import { Observable } from './observable.ts';

export type Theme = 'light' | 'dark';

const system = window.matchMedia('(prefers-color-scheme: dark)');

/** From the link, else from the last choice on this machine, else from the system. */
function chosenTheme(): Theme | null {
  const named = new URLSearchParams(location.search).get('theme') ?? stored();
  return named === 'light' || named === 'dark' ? named : null;
}

function stored(): string | null {
  try {
    return localStorage.getItem('millrace.theme');
  } catch {
    return null; // Storage may be forbidden; the system's theme then holds.
  }
}

const systemTheme = (): Theme => (system.matches ? 'dark' : 'light');

export const theme = new Observable<Theme>(chosenTheme() ?? systemTheme());

function show(): void {
  document.documentElement.dataset.theme = theme.get();
  const ground = theme.get() === 'dark' ? '#14171b' : '#f6f7f8';
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', ground);
}

show();
theme.subscribe(show);
system.addEventListener('change', () => {
  if (chosenTheme() === null) theme.set(systemTheme());
});

/** Switches, and remembers: nothing when it is the system's own theme again. */
export function switchTheme(): void {
  const next = theme.get() === 'dark' ? 'light' : 'dark';
  theme.set(next);
  try {
    if (next === systemTheme()) localStorage.removeItem('millrace.theme');
    else localStorage.setItem('millrace.theme', next);
  } catch {
    // As above: the choice then lasts as long as the page.
  }
}
