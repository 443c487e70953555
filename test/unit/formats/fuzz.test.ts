import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzFormat } from '../../support/fuzz-format.ts';
import { knownFormats } from '../../support/known-formats.ts';

for (const { name, format, payloads } of await knownFormats()) {
  test(`thousands of mutated payloads neither crash, hang nor silence ${name}`, (t) => {
    const { outcomes, slowestMs } = fuzzFormat(format, payloads, 3000);
    t.diagnostic(`${JSON.stringify(outcomes)}, slowest ${slowestMs.toFixed(1)} ms`);
    // Mutations that leave nothing decodable would prove little, and so would those that break nothing.
    assert.ok((outcomes.ok ?? 0) > 30, 'hardly any was still decodable');
    assert.ok(Object.keys(outcomes).length > 4, 'hardly any kind of fault was met');
  });
}
