import { exactly } from './schema-parts.ts';

/** A source that is sent to `POST /webhooks/<name of the source>`. */
export type WebhookDeclaration = Readonly<Record<never, never>>;

export const webhookSchema = exactly({});
