import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Line, type Point, parseLines } from '../../../formats/line-protocol/parse-lines.ts';

const file = new URL(
  '../../../../shared/data/vectors/line-protocol/decode-400.json',
  import.meta.url,
);
const skip = existsSync(file) ? false : 'the vectors are not here';

interface Vector {
  readonly input: {
    readonly text: string | { readonly binary: string };
    readonly defaultTime: number;
  };
  readonly output: {
    readonly error?: string;
    readonly result?: readonly {
      readonly time: number;
      readonly name: string;
      readonly tags?: readonly { readonly key: string; readonly value: string }[];
      readonly fields?: readonly {
        readonly key: string;
        readonly value: Readonly<Record<string, string | number | boolean>>;
      }[];
    }[];
  };
}

/** Times beyond 2^53 as text, since a double would round them. */
const vectors = (): [string, Vector][] =>
  Object.entries(
    JSON.parse(
      readFileSync(file, 'utf8').replace(
        /"(time|defaultTime|int|uint)":\s*(-?\d{16,})/g,
        '"$1":"$2"',
      ),
    ),
  );

const bytesOf = ({ text }: Vector['input']) =>
  typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.binary, 'base64');

type Expected = NonNullable<Vector['output']['result']>[number];

const textOf = (value: unknown) =>
  typeof value === 'object' && value !== null && 'binary' in value
    ? Buffer.from(String(value.binary), 'base64').toString('utf8')
    : value;

function expectedPoint(point: Expected, defaultTime: unknown): Point {
  return {
    measurement: String(textOf(point.name)),
    tags: Object.fromEntries(
      (point.tags ?? []).map(({ key, value }) => [textOf(key), textOf(value)]),
    ),
    fields: Object.fromEntries(
      (point.fields ?? []).map(({ key, value }) => [textOf(key), textOf(Object.values(value)[0])]),
    ),
    time: String(point.time) === String(defaultTime) ? undefined : String(point.time),
  };
}

test('each vector of the reference decoder gives its points, or an error where it gives one', {
  skip,
}, (t) => {
  const counts = { points: 0, errors: 0 };
  for (const [key, { input, output }] of vectors()) {
    const lines = parseLines(bytesOf(input), 1000);
    const faults = lines.filter((line) => 'fault' in line);
    if (output.error !== undefined) {
      assert.ok(faults.length > 0, `${key} should be refused: ${output.error}`);
      assert.equal(
        lines.findIndex((line) => 'fault' in line),
        metricOf(output.error),
        key,
      );
      counts.errors++;
      continue;
    }
    const points = lines.map((line: Line) => ('point' in line ? line.point : line.fault));
    const expected = (output.result ?? []).map((point) => expectedPoint(point, input.defaultTime));
    assert.deepEqual(JSON.parse(JSON.stringify(points)), JSON.parse(JSON.stringify(expected)), key);
    counts.points++;
  }
  assert.equal(counts.points + counts.errors, 400);
  t.diagnostic(
    `${counts.points} of 400 give the points and ${counts.errors} the error that the reference gives`,
  );
});

/** Which line of the payload the reference stopped at. */
const metricOf = (error: string) => Number(/^cannot get metric (\d+)/.exec(error)?.[1]);
