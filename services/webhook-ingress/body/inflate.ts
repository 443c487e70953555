import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate as inflateZlib } from 'node:zlib';
import { type Refusal, refuse } from '../refusal.ts';

const inflaters = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflateZlib),
  br: promisify(brotliDecompress),
} as const;

/** Undefined: the body is as it is meant. */
export function encodingOf(header: string | undefined): string | undefined {
  const encoding = header?.trim().toLowerCase();
  return encoding === undefined || encoding === '' || encoding === 'identity'
    ? undefined
    : encoding;
}

/** As many as the runtime has threads for: further ones would wait there, with their memory taken. */
const maxAtOnce = 4;

/** Inflates a few bodies at a time; the others wait, as they came. */
export class Inflater {
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** Stops at `maxBytes`, while inflating: a body that would become gigabytes costs no more than the bound. */
  async inflate(encoding: string, bytes: Buffer, maxBytes: number): Promise<Buffer | Refusal> {
    if (!Object.hasOwn(inflaters, encoding)) return unknownEncoding(encoding);
    if (this.#running >= maxAtOnce)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await inflateOne(encoding as keyof typeof inflaters, bytes, maxBytes);
    } finally {
      // Its place goes to the next, or is free.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

async function inflateOne(
  encoding: keyof typeof inflaters,
  bytes: Buffer,
  maxBytes: number,
): Promise<Buffer | Refusal> {
  try {
    return await inflaters[encoding](bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const { code } = error as { code?: unknown };
    return code === 'ERR_BUFFER_TOO_LARGE'
      ? refuse(
          'delivery-too-large',
          `The body should have at most ${maxBytes} bytes when it is inflated; it has more.`,
        )
      : refuse('delivery-unreadable', `The body should be ${encoding}; it can't be inflated.`);
  }
}

function unknownEncoding(encoding: string): Refusal {
  return refuse(
    'type-unsupported',
    `The content encoding should be gzip, deflate or br, one of them; it is ${encoding.slice(0, 40)}.`,
    { headers: { 'accept-encoding': 'gzip, deflate, br' } },
  );
}
