import { Panel } from './panel.tsx';

const keys: readonly (readonly [keys: string, does: string])[] = [
  ['/', 'Search the entities'],
  ['↓ ↑', 'Move in the list'],
  ['Enter', 'Choose'],
  ['Esc', 'Back: close what is open, then to the list'],
  ['L', 'Live: back to now'],
  ['T', 'Light or dark'],
  ['?', 'This help'],
];

export function HelpPanel() {
  return (
    <Panel title="Help">
      <p class="lead">
        The map shows the latest of every entity; the list beside it all of them, or the one that is
        chosen. Lines and marks that fade have been silent for longer than usual. Hollow marks are
        simulated.
      </p>
      <dl class="keys">
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p>
        In a chart: drag to zoom, double click to go back. The line is the value, the band around it
        the least and the greatest where many readings share a point; where there is no line there
        was no reading.
      </p>
      <p>
        The address holds what you see: copy it to show it to others. The same readings are at{' '}
        <a href="/docs">the API</a>.
      </p>
    </Panel>
  );
}
