import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstReadingCommand } from '../../../core/config/first-reading-command.ts';
import type { Pipeline } from '../../../core/config/pipeline.ts';

const pipeline = {
  sources: { any: { example: { topic: 'a/b', payload: `{"say": "it's"}` } } },
} as unknown as Pipeline;
const at = (host: string, port = 1883) => ({ mqttListen: { host, port } });
const words = `npx millrace publish a/b '{"say": "it'\\''s"}'`;

test('the first reading goes to our broker as this machine reaches it, named where it is not the default', () => {
  assert.equal(firstReadingCommand(pipeline, at('127.0.0.1')), words);
  assert.equal(firstReadingCommand(pipeline, at('0.0.0.0')), words);
  for (const [host, port, url] of [
    ['127.0.0.1', 1884, 'mqtt://127.0.0.1:1884'],
    ['0.0.0.0', 1884, 'mqtt://127.0.0.1:1884'],
    ['::', 1884, 'mqtt://[::1]:1884'],
    ['10.1.2.3', 1883, 'mqtt://10.1.2.3:1883'],
  ] as const)
    assert.equal(firstReadingCommand(pipeline, at(host, port)), `${words} --url ${url}`);
});

test('without a broker of our own, or an example, there is none', () => {
  assert.equal(firstReadingCommand(pipeline, { mqttListen: undefined }), null);
  assert.equal(firstReadingCommand({ sources: {} }, at('127.0.0.1')), null);
});
