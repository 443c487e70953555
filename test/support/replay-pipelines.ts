import { checkPipeline } from '../../core/config/check-pipeline.ts';
import { number, type Pipeline } from '../../core/config/pipeline.ts';
import { json } from '../../formats/json.ts';

export interface StationOptions {
  /** Where a value stands in its part: `$.v` is right. */
  readonly path?: string;
  /** Where the parts are: `$.values[*]` is right. */
  readonly each?: string;
  /** The least that the model takes: 0 is right. */
  readonly min?: number;
  readonly name?: string;
}

/**
 * Stations that send several values at once: `{"n": 7, "ts": 1700000000000, "values": [{"v": 3}]}` to `air/ID`, with or
 * without `ts`. Without options the configuration is right.
 */
export function stationPipeline({
  path = '$.v',
  each = '$.values[*]',
  min = 0,
  name = 'air',
}: StationOptions = {}): Pipeline {
  const checked = checkPipeline(
    {
      name: 'stations',
      models: { station: { fields: { v: number({ min }) } } },
      sources: {
        [name]: {
          format: json({
            topic: 'air/{sensor}',
            each,
            entity: { type: 'station', id: '{sensor}' },
            time: { path: '$.ts', unit: 'ms', optional: true },
            fields: { v: { path, kind: 'number', required: true } },
          }),
        },
      },
      retention: { history: 'forever' },
    },
    '.',
  );
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  return checked.pipeline;
}
