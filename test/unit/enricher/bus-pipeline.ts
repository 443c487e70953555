import {
  type AnyStep,
  decimal,
  flag,
  number,
  type Pipeline,
  tag,
  text,
} from '../../../core/config/pipeline.ts';
import type { Format } from '../../../core/format.ts';

const busFormat: Format = {
  name: 'bus-test',
  contentType: 'application/json',
  units: { bus: { speed: 'km/h', odometer: 'm' } },
  emits: { bus: ['speed', 'odometer', 'doorsOpen', 'route', 'fare', 'operator'] },
  decode: () => [],
};

/** A checked pipeline of buses: speed comes in km/h and is kept in m/s. */
export function busPipeline(over: Partial<Pipeline> = {}): Pipeline {
  return {
    name: 'buses',
    models: {
      bus: {
        fields: {
          speed: number({ unit: 'm/s', min: 0, max: 60 }),
          odometer: number({ unit: 'm', min: 0 }),
          doorsOpen: flag(),
          route: text(),
          fare: decimal(),
          operator: tag(),
          vehicleType: tag(),
          isFast: flag(),
        },
      },
    },
    sources: { buses: { format: busFormat } },
    steps: [],
    retention: { historyMs: null, rawMs: null, topicsMs: null, sizeBytes: null },
    maxFutureMs: 300_000,
    dedupeHorizonMs: null,
    folder: '/srv/city',
    ...over,
  };
}

export const onlyFast: AnyStep = {
  step: 'filter',
  name: 'only fast ones',
  entityType: 'bus',
  keep: ({ numbers }: { numbers: Readonly<Record<string, number>> }) => (numbers.speed ?? 0) >= 10,
};
