import { CopyButton } from './copy-button.tsx';
import { useObservable } from './observable.ts';
import { reference } from './reference.ts';

/** What a new pipeline shows: how to publish a first reading. */
export function FirstRun() {
  const { pipeline } = useObservable(reference);
  const mqtt = pipeline?.mqtt ?? null;
  const command = pipeline?.firstReading ?? null;
  return (
    <div class="first-run">
      <h2>No readings yet</h2>
      <p>
        Everything is running and waiting. As soon as a first reading comes it shows here by itself.
      </p>
      {command !== null && (
        <>
          <p>Publish one from a terminal:</p>
          <div class="command">
            <code>{command}</code>
            <CopyButton text={command} />
          </div>
        </>
      )}
      {mqtt && (
        <p class="quiet">
          The MQTT broker listens at{' '}
          <code>
            {mqtt.host}:{mqtt.port}
          </code>
          {mqtt.credentials ? ', with a user and a password' : ''}. Sources take packets from{' '}
          {topicsOf(pipeline?.sources ?? [])}.
        </p>
      )}
    </div>
  );
}

function topicsOf(sources: readonly { readonly topics: readonly string[] }[]) {
  const topics = sources.flatMap((source) => source.topics);
  if (topics.length === 0) return 'the topics that the configuration names';
  return topics.map((topic, index) => (
    <span key={topic}>
      {index > 0 ? ', ' : ''}
      <code>{topic}</code>
    </span>
  ));
}
