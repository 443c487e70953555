import { useSchemaIds } from '../codec.ts';
import type { Settings } from '../config/settings.ts';
import type { Events } from '../events.ts';
import { registerSchemas } from './register-schemas.ts';

/**
 * Has records written and read with the ids of the outside registry, where the settings name one. Called once at the
 * start of a process, before anything is encoded and before any thread that decodes; the registry isn't needed again.
 * Rejects as `registerSchemas` does.
 */
export async function useRegistry(
  settings: Pick<Settings, 'schemaRegistryUrl' | 'kafka'>,
  { register, events }: { readonly register: boolean; readonly events?: Events },
): Promise<void> {
  const { schemaRegistryUrl: url, kafka } = settings;
  if (url === undefined) return;
  const ids = await registerSchemas({
    url,
    topicPrefix: kafka?.topicPrefix ?? '',
    register,
    // A person waits for a command that only reads.
    ...(!register && { patienceMs: 5000 }),
    onRetry: (error) =>
      events?.warn('registry.away', {
        message: 'The schema registry does not answer; it is asked again.',
        error,
      }),
  });
  useSchemaIds(ids);
  events?.info('registry.used', {
    message: `Records carry the schema ids of the outside registry: ${[...new Set(ids.map(({ id }) => id))].join(', ')}.`,
    ids,
  });
}
