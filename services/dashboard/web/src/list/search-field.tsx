import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../app/icon.tsx';

interface SearchFieldProps {
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** Down or Enter: on to what was found. */
  readonly onLeave: () => void;
}

export function SearchField({ value, onChange, onLeave }: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = () => input.current?.focus();
    window.addEventListener('millrace:search', focus);
    return () => window.removeEventListener('millrace:search', focus);
  }, []);
  return (
    <label class="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        placeholder="Search"
        aria-label="Search entities"
        autocomplete="off"
        spellcheck={false}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' || event.key === 'Enter') {
            event.preventDefault();
            onLeave();
          } else if (event.key === 'Escape') {
            event.stopPropagation();
            if (value === '') event.currentTarget.blur();
            else onChange('');
          }
        }}
      />
      <kbd>/</kbd>
    </label>
  );
}
