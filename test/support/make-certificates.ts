import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** PEM texts. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends KeyPair {
  /** A certificate signed by it, for 127.0.0.1 and these names. */
  readonly issue: (commonName: string, alternativeNames?: string) => Promise<KeyPair>;
}

/** For `test(name, { skip: withoutOpenssl() }, ...)`. With `MILLRACE_REQUIRE_STACK=1` nothing is skipped. */
export function withoutOpenssl(): string | false {
  if (process.env.MILLRACE_REQUIRE_STACK === '1') return false;
  const { status } = spawnSync('openssl', ['version'], { stdio: 'ignore' });
  return status === 0 ? false : 'no openssl: openssl version fails';
}

/** A certificate authority that lasts a day. */
export async function makeAuthority(commonName: string): Promise<Authority> {
  const pair = await inFolder(async (folder) => {
    const files = ['-keyout', join(folder, 'key'), '-out', join(folder, 'cert')];
    await run('openssl', [
      ...newKey,
      '-x509',
      '-days',
      '1',
      '-subj',
      `/CN=${commonName}`,
      ...files,
    ]);
    return readPair(folder);
  });
  return { ...pair, issue: (name, names) => issue(pair, name, names) };
}

const newKey = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

async function issue(
  { cert, key }: KeyPair,
  commonName: string,
  alternativeNames = 'IP:127.0.0.1',
): Promise<KeyPair> {
  return inFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    await writeFile(at('ca.cert'), cert);
    await writeFile(at('ca.key'), key);
    await writeFile(at('extensions'), `subjectAltName=${alternativeNames}\n`);
    await run('openssl', [
      ...[...newKey, '-subj', `/CN=${commonName}`],
      ...['-keyout', at('key'), '-out', at('request')],
    ]);
    await run('openssl', [
      ...['x509', '-req', '-in', at('request'), '-days', '1', '-out', at('cert')],
      ...['-CA', at('ca.cert'), '-CAkey', at('ca.key'), '-set_serial', String(Date.now())],
      ...['-extfile', at('extensions')],
    ]);
    return readPair(folder);
  });
}

async function readPair(folder: string): Promise<KeyPair> {
  const [cert, key] = await Promise.all(
    ['cert', 'key'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  return { cert: cert ?? '', key: key ?? '' };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-certificates-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
