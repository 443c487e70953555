import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Format, FormatInput } from '../../../core/format.ts';
import { fuzzFormat } from '../../support/fuzz-format.ts';

const golden = fileURLToPath(new URL('../../golden', import.meta.url));

/** The real payloads of the golden cases, by format. */
const payloads = new Map<string, FormatInput[]>();
for (const input of globSync('*/*/input', { cwd: golden }).sort()) {
  const bytes = readFileSync(`${golden}/${input}`);
  const lineEnd = bytes.indexOf('\n');
  const name = dirname(dirname(input));
  const ofFormat = payloads.get(name) ?? [];
  ofFormat.push({
    topic: bytes.toString('utf8', 0, lineEnd),
    payload: bytes.subarray(lineEnd + 1),
  });
  payloads.set(name, ofFormat);
}

for (const [name, inputs] of payloads) {
  test(`thousands of mutated payloads neither crash, hang nor silence ${name}`, async (t) => {
    const { format } = (await import(`../../golden/${name}/format.ts`)) as { format: Format };
    const { outcomes, slowestMs } = fuzzFormat(format, inputs, 3000);
    t.diagnostic(`${JSON.stringify(outcomes)}, slowest ${slowestMs.toFixed(1)} ms`);
    // Mutations that leave nothing decodable would prove little, and so would those that break nothing.
    assert.ok((outcomes.ok ?? 0) > 30, 'hardly any was still decodable');
    assert.ok(Object.keys(outcomes).length > 4, 'hardly any kind of fault was met');
  });
}
