import { exactly } from './schema-parts.ts';

/** A source that is fetched on a schedule. */
export type PollDeclaration = Readonly<Record<never, never>>;

export const pollSchema = exactly({});
