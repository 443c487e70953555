import { definePipeline, json, number } from 'millrace';

/** Polls the provider of `cli-poll.test.ts`. */
export default definePipeline({
  name: 'polled',
  models: { thing: { fields: { value: number() } } },
  sources: {
    things: {
      format: json({
        entity: { type: 'thing', id: '{$.id}' },
        time: { path: '$.at', unit: 'rfc3339' },
        fields: { value: '$.value' },
      }),
      poll: {
        url: `${process.env.PROVIDER}/things`,
        every: '1s',
        items: '$[*]',
        cursor: { path: '$[*].at', param: 'since' },
        backfill: { from: 'from', to: 'to' },
      },
    },
    plain: {
      format: json({ entity: { type: 'thing', id: 'plain' }, fields: { value: '$.value' } }),
      poll: { url: `${process.env.PROVIDER}/plain`, every: '1h', circuit: { failures: 1 } },
    },
  },
});
