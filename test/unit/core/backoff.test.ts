import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Backoff } from '../../../core/backoff.ts';

test('pauses double up to the bound, drawn from their upper half, and begin anew after a success', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (random) => {
      const backoff = new Backoff({ firstMs: 100, maxMs: 5_000, random: () => random });
      for (const full of [100, 200, 400, 800, 1600, 3200, 5000, 5000]) {
        const pause = backoff.nextMs();
        assert.ok(pause >= full / 2 && pause <= full);
      }
      backoff.reset();
      assert.ok(backoff.nextMs() <= 100);
    }),
  );
});
