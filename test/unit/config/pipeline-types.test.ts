/**
 * What the compiler refuses in a configuration. Each `@ts-expect-error` fails the type check when the line
 * beneath it compiles; at run time only the first test does something.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { custom, decimal, definePipeline, flag, number, tag, text } from '../../../index.ts';

const models = {
  bus: {
    fields: {
      speed: number({ unit: 'km/h', min: 0, max: 200 }),
      doors: flag(),
      route: text(),
      fare: decimal(),
      mode: tag(),
    },
  },
  detector: { fields: { count: number() } },
} as const;

const format = custom({ name: 'own', topics: ['a'], emits: {}, decode: () => [] });
const sources = { own: { format } };

test('steps that name the fields of their own model compile, with each field by its kind', () => {
  const pipeline = definePipeline({
    name: 'typed',
    models,
    sources,
    steps: [
      {
        step: 'filter',
        name: 'moving',
        entityType: 'bus',
        keep: (reading) =>
          (reading.numbers.speed ?? 0) > 1 &&
          reading.flags.doors !== true &&
          reading.texts.fare !== '0' &&
          reading.tags.mode === 'bus',
      },
      { step: 'compute', name: 'count', entityType: 'detector', set: { count: () => 1 } },
      { step: 'join', entityType: 'bus', register: 'fleet', set: { route: 'line' } },
    ],
  });
  assert.equal(pipeline.steps?.length, 3);
});

test('steps that name fields or models that are not there do not compile', () => {
  definePipeline({
    name: 'typed',
    models,
    sources,
    steps: [
      {
        step: 'filter',
        name: 'a',
        entityType: 'bus',
        // @ts-expect-error: bus has no field sped
        keep: (reading) => reading.numbers.sped !== undefined,
      },
      {
        step: 'filter',
        name: 'b',
        entityType: 'bus',
        // @ts-expect-error: speed is a number, not a text
        keep: (reading) => reading.texts.speed !== undefined,
      },
      {
        step: 'compute',
        name: 'c',
        entityType: 'detector',
        // @ts-expect-error: speed is a field of another model
        set: { speed: () => 1 },
      },
      {
        step: 'join',
        entityType: 'bus',
        register: 'fleet',
        // @ts-expect-error: bus has no field colour
        set: { colour: 'colour' },
      },
      {
        step: 'filter',
        name: 'd',
        // @ts-expect-error: there is no model tram
        entityType: 'tram',
        keep: () => true,
      },
    ],
  });
});

test('fields of an unknown kind, unknown options and missing sections do not compile', () => {
  // @ts-expect-error: text has no unit
  text({ unit: 'm' });
  // @ts-expect-error: an option that a number doesn't have
  number({ uint: 'm' });
  // @ts-expect-error: sources are missing
  definePipeline({ name: 'typed', models });
});
