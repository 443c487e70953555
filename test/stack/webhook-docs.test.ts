import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePort, makeDataFolder, startMillrace } from '../../cli/bench/millrace-process.ts';
import { until } from '../support/until.ts';

const page = readFileSync('docs/webhooks.md', 'utf8');
const start = page.slice(0, page.indexOf('\n## How senders prove'));
const blocks = (language: string) =>
  [...start.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text = '']) => text.trim(),
  );

test('the shortest thing that works works, as docs/webhooks.md has it', async () => {
  const folder = await makeDataFolder();
  const port = await freePort();
  // Within the project, since it names the package.
  const configPath = join('test', `.webhook-start-${port}.config.ts`);
  await writeFile(configPath, blocks('ts')[0] ?? '');
  const millrace = await startMillrace({
    configPath,
    dataDir: folder.path,
    env: { MILLRACE_WEBHOOK_PORT: String(port) },
  });
  try {
    const [, line = ''] = blocks('sh');
    const { stdout } = await promisify(execFile)('sh', ['-c', line.replace('8090', `${port}`)]);
    assert.deepEqual(JSON.parse(stdout), JSON.parse(blocks('json')[0] ?? ''));
    const order = await until(async () => {
      const answer = await fetch(`${millrace.http}/api/v1/entities/order/7`);
      return answer.ok && ((await answer.json()) as { texts: Record<string, string> });
    });
    assert.deepEqual(order.texts, { total: '19.90', state: 'paid' });
  } finally {
    await millrace.stop();
    await folder.remove();
    await promisify(execFile)('rm', [configPath]);
  }
});
