import { adjust, goTo, pageAddress } from './page-address.ts';
import { switchTheme } from './theme.ts';

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

/** Keys that hold everywhere on the page. Returns the way to end it. */
export function listenToKeys(): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    const does = actions[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}

const actions: Readonly<Record<string, () => void>> = {
  '/': search,
  Escape: () => {
    if (pageAddress.get().entity !== null) goTo({ entity: null, field: null });
  },
  '?': () => goTo({ panel: 'help' }),
  l: () => adjust({ at: null }),
  t: switchTheme,
};

const toSearch = () => window.dispatchEvent(new Event('millrace:search'));

/** The search stands in the list: an entity that is open gives way to it. At once otherwise, or the next keys are lost. */
function search(): void {
  if (pageAddress.get().entity === null) {
    toSearch();
    return;
  }
  goTo({ entity: null, field: null });
  requestAnimationFrame(toSearch);
}
