/** Builds the page into `dist/web` at the project's root. With `--watch` it stays and builds again at each change. */
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig } from 'vite';
import { compressFiles } from './compress-files.ts';

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const outDir = folder('../../../dist/web');

function pageConfig(watch: boolean) {
  return {
    configFile: false,
    root: folder('.'),
    base: '/',
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      // Nothing is inlined as data: addresses, so that the Content-Security-Policy can stay narrow.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // MapLibre alone is past the default of 500 kB; it is a chunk of its own, loaded beside the rest.
      chunkSizeWarningLimit: 1200,
      watch: watch ? {} : null,
    },
  } satisfies InlineConfig;
}

/** Resolves when the files are there; with `watch` when the watching has begun. Rejects when the page doesn't build. */
export async function buildPage(options: { readonly watch: boolean }): Promise<void> {
  await build(pageConfig(options.watch));
  if (!options.watch) await compressFiles(outDir);
}

if (import.meta.main) await buildPage({ watch: process.argv.includes('--watch') });
