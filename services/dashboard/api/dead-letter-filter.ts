import { z } from 'zod';
import { deadLetterStates } from '../../../core/dead-letters/dead-letter-mark.ts';
import type { LetterRequest } from '../../../stores/dead-letters/letter-steps.ts';
import type { DeadLetterFilter } from '../../../stores/store.ts';
import { nameParameter, timeParameter } from './query-types.ts';

/** What narrows dead letters, in a query or in a body. Times are of the death, from inclusive, to exclusive. */
export const filterParameters = {
  source: nameParameter.exactOptional(),
  stage: nameParameter.exactOptional(),
  reason: nameParameter.exactOptional(),
  from: timeParameter.exactOptional(),
  to: timeParameter.exactOptional(),
};

export const stateParameter = z
  .enum([...deadLetterStates, 'all'], { error: 'open, replayed, discarded or all' })
  .default('open')
  .meta({ description: 'What has become of them; `all`: whatever.' });

type State = z.output<typeof stateParameter>;

/** As the store takes it. */
export function stateFilter(state: State): Pick<DeadLetterFilter, 'state'> {
  return state === 'all' ? {} : { state };
}

const yesOrNo = z.boolean({ error: 'true or false' }).default(false);

/** What both actions are asked with. */
export const actionBody = {
  ...filterParameters,
  ids: z
    .array(nameParameter, { error: 'a list of ids' })
    .min(1, 'a list of at least one id')
    .max(1000, 'a list of at most 1000 ids')
    .exactOptional(),
  where: z
    .array(nameParameter, { error: 'a list of filters' })
    .max(20, 'a list of at most 20 filters')
    .default([])
    .meta({
      description:
        'Filters of the dead letter, all of which must hold: `field=value`, or a JSONPath filter as `@.payload.pm25 < 0`.',
    }),
  all: yesOrNo.meta({ description: 'Those too that were replayed or discarded before.' }),
  dryRun: yesOrNo.meta({ description: 'Tells what would come of it, and changes nothing.' }),
  by: z
    .string({ error: 'one text' })
    .max(200, 'a text of at most 200 characters')
    .default('somebody by the API')
    .meta({ description: 'Who asks, for the record of actions.' }),
  limit: z
    .int('a whole number')
    .min(1, 'a whole number from 1 to 100')
    .max(100, 'a whole number from 1 to 100')
    .default(100)
    .meta({ description: 'Dead letters looked at in this step.' }),
  cursor: nameParameter
    .exactOptional()
    .meta({ description: "The last step's `nextCursor`: goes on with the same action." }),
};

const body = z.strictObject(actionBody);

/** The request of a body that was checked. */
export function requestOf(asked: z.output<typeof body>, reason: string | null): LetterRequest {
  const { where, all, dryRun, by, limit, cursor, ...filter } = asked;
  return { filter, where, includeClosed: all, dryRun, by, reason, limit, cursor };
}
