import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

const compressible = new Set(['.js', '.mjs', '.css', '.svg', '.html']);
/** Smaller ones gain nothing. */
const leastBytes = 1024;

/** Writes `.br` and `.gz` beside each file of a folder that gains by it; the server hands them out as they are. */
export async function compressFiles(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && compressible.has(extname(entry.name)));
  await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = await readFile(path);
      if (bytes.length < leastBytes) return;
      await Promise.all([
        promisify(brotliCompress)(bytes).then((packed) => writeFile(`${path}.br`, packed)),
        promisify(gzip)(bytes, { level: 9 }).then((packed) => writeFile(`${path}.gz`, packed)),
      ]);
    }),
  );
}
