import { createRequire } from 'node:module';

const readVersion = '2.2.4';
const require = createRequire(import.meta.url);

/**
 * A module of kafkajs that is none of its interface. Throws when another version
 * is installed than the one in which it was read.
 */
export function requireInternal(path: string): unknown {
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== readVersion)
    throw new Error(
      `kafkajs ${version} is installed, but its internals are mended for ${readVersion} only. Read ${path} again, see the tests of test/unit/kafka-client, then set the version here.`,
    );
  return require(`kafkajs/${path}`);
}
