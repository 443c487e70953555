import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AckWindow } from '../../../services/mqtt-ingress/ack-window.ts';

test('acknowledgements go out in the order of arrival, whatever the order of acceptance', () => {
  const orders = fc
    .integer({ min: 1, max: 60 })
    .chain((size) => fc.shuffledSubarray([...Array(size).keys()], { minLength: size }));
  fc.assert(
    fc.property(orders, (acceptances) => {
      const out: number[] = [];
      const window = new AckWindow({ onFailed: assert.fail });
      const held = acceptances.map((_, n) => window.hold(() => out.push(n), 10));
      const accepted = new Set<number>();
      for (const n of acceptances) {
        held[n]?.accepted();
        accepted.add(n);
        let run = 0;
        while (accepted.has(run)) run++;
        assert.deepEqual(out, [...Array(run).keys()]);
        assert.equal(window.size, acceptances.length - run);
        assert.equal(window.bytes, window.size * 10);
      }
    }),
  );
});

test('packets that arrive while others are released keep their place', () => {
  const out: string[] = [];
  const window = new AckWindow({ onFailed: assert.fail });
  const first = window.hold(() => {
    out.push('first');
    window.hold(() => out.push('third'), 1).accepted();
  }, 1);
  const second = window.hold(() => out.push('second'), 1);
  second.accepted();
  assert.deepEqual(out, []);
  first.accepted();
  assert.deepEqual(out, ['first', 'second', 'third']);
  assert.equal(window.size, 0);
});

test('nothing goes out after a discard', () => {
  const window = new AckWindow({ onFailed: assert.fail });
  const held = window.hold(assert.fail, 1);
  const late = window.hold(assert.fail, 1);
  window.discard();
  held.accepted();
  late.failed(new Error('too late'));
  assert.equal(window.size, 0);
});

test('after a failure nothing behind it goes out, and the failure is told', () => {
  const out: number[] = [];
  const failures: string[] = [];
  const window = new AckWindow({ onFailed: (error) => failures.push(error.message) });
  const held = [1, 2, 3].map((n) => window.hold(() => out.push(n), 1));
  held[0]?.accepted();
  held[1]?.failed(new Error('the log refused'));
  held[2]?.accepted();
  assert.deepEqual(out, [1]);
  assert.deepEqual(failures, ['the log refused']);
});
