import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzFormat } from '../../support/fuzz-format.ts';
import { goldenFormat, goldenPayloads } from '../../support/golden-payloads.ts';

for (const [name, inputs] of goldenPayloads()) {
  test(`thousands of mutated payloads neither crash, hang nor silence ${name}`, async (t) => {
    const { outcomes, slowestMs } = fuzzFormat(await goldenFormat(name), inputs, 3000);
    t.diagnostic(`${JSON.stringify(outcomes)}, slowest ${slowestMs.toFixed(1)} ms`);
    // Mutations that leave nothing decodable would prove little, and so would those that break nothing.
    assert.ok((outcomes.ok ?? 0) > 30, 'hardly any was still decodable');
    assert.ok(Object.keys(outcomes).length > 4, 'hardly any kind of fault was met');
  });
}
