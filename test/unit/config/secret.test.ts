import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { secret, secretSchema, secretText } from '../../../core/config/secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-secret-'));
after(() => rmSync(folder, { recursive: true }));

const names = ['SHOP_SECRET', 'SHOP_SECRET_FILE'];
after(() => {
  for (const name of names) delete process.env[name];
});

test('a secret is read from the environment, or from a file without the line break at its end', () => {
  process.env.SHOP_SECRET = 'hunter2';
  assert.equal(secretText(secret('SHOP_SECRET')), 'hunter2');
  delete process.env.SHOP_SECRET;
  process.env.SHOP_SECRET_FILE = join(folder, 'secret');
  writeFileSync(process.env.SHOP_SECRET_FILE, 'of the file\r\n');
  const given = secret('SHOP_SECRET');
  assert.equal(secretText(given), 'of the file');
  assert.equal(secretSchema.safeParse(given).success, true);
});

test('a secret that is printed, logged or written as JSON shows its name alone', () => {
  process.env.SHOP_SECRET = 'hunter2';
  const given = { verify: { secret: [secret('SHOP_SECRET')] } };
  const shown = JSON.stringify(given) + inspect(given, { depth: 9 });
  assert.match(shown, /SHOP_SECRET/);
  assert.doesNotMatch(shown, /hunter2/);
});

test('one that is nowhere is asked for by its name', () => {
  const parsed = secretSchema.safeParse(secret('NOWHERE'));
  assert.match(parsed.error?.message ?? '', /NOWHERE_FILE/);
});
