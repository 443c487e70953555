import { checkPipeline } from '../../core/config/check-pipeline.ts';
import { definePipeline, number, type Pipeline } from '../../core/config/pipeline.ts';
import { json } from '../../formats/json.ts';

/** Two polled sources of one provider: `shipments` also by a backfill, and `gauge`, whose items have neither time nor id. */
export function polledPipeline(address: string): Pipeline {
  const checked = checkPipeline(
    definePipeline({
      name: 'polled',
      models: {
        shipment: { fields: { n: number() } },
        gauge: { fields: { level: number(), n: number() } },
      },
      sources: {
        shipments: {
          format: json({
            when: { '$.kind': 'shipment' },
            entity: { type: 'shipment', id: '{$.id}' },
            time: { path: '$.at', unit: 'rfc3339' },
            fields: { n: { path: '$.n', kind: 'number' } },
          }),
          poll: {
            url: `${address}/shipments`,
            every: '1s',
            jitter: '100ms',
            auth: { type: 'bearer', token: 'of-the-crash-test' },
            items: '$.items[*]',
            pages: { by: 'cursor', path: '$.next', param: 'page' },
            cursor: { path: '$.items[*].at', param: 'since' },
            backfill: { from: 'from', to: 'to', step: '1d' },
            circuit: { failures: 50 },
          },
        },
        gauge: {
          format: json({
            entity: { type: 'gauge', id: 'g{$.n}' },
            fields: { level: '$.level', n: '$.n' },
          }),
          poll: { url: `${address}/gauge`, every: '1s', jitter: '10ms', items: '$[*]' },
        },
      },
    }),
    process.cwd(),
  );
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  return checked.pipeline;
}
