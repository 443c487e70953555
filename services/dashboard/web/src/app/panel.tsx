import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { goTo } from './page-address.ts';

interface PanelProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** What floats over the map: it takes the focus, and Esc or a click beside it closes it. */
export function Panel({ title, children }: PanelProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const close = () => goTo({ panel: null });
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the dialog has the key itself, Esc.
    <dialog
      class="panel"
      ref={dialog}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div class="panel-frame" tabIndex={-1} autofocus>
        <header>
          <h2>{title}</h2>
          <button type="button" class="plain" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        <div class="panel-body">{children}</div>
      </div>
    </dialog>
  );
}
