import { Icon } from '../app/icon.tsx';

interface MapButtonsProps {
  readonly onZoom: (steps: number) => void;
  readonly onFit: () => void;
}

export function MapButtons({ onZoom, onFit }: MapButtonsProps) {
  return (
    <div class="map-buttons">
      <button type="button" title="Closer" aria-label="Closer" onClick={() => onZoom(1)}>
        <Icon name="plus" />
      </button>
      <button type="button" title="Farther" aria-label="Farther" onClick={() => onZoom(-1)}>
        <Icon name="minus" />
      </button>
      <button type="button" title="Show all" aria-label="Show all" onClick={onFit}>
        <Icon name="fit" />
      </button>
    </div>
  );
}
