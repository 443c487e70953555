import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Format, FormatInput } from '../../core/format.ts';

const golden = fileURLToPath(new URL('../golden', import.meta.url));

/** The real payloads of the golden cases, those that come before others among them, by the name of their format's folder. */
export function goldenPayloads(): Map<string, FormatInput[]> {
  const payloads = new Map<string, FormatInput[]>();
  for (const input of globSync('*/*/{before-*,input}', { cwd: golden }).sort()) {
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
  return payloads;
}

export async function goldenFormat(name: string): Promise<Format> {
  const { format } = (await import(`../golden/${name}/format.ts`)) as { format: Format };
  return format;
}
