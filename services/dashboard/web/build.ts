/** Builds the page into `dist/web` at the project's root. With `--watch` it stays and builds again at each change. */
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig } from 'vite';

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export function pageConfig(options: { readonly watch: boolean; readonly outDir?: string }) {
  return {
    configFile: false,
    root: folder('.'),
    base: '/',
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: options.outDir ?? folder('../../../dist/web'),
      emptyOutDir: true,
      target: 'es2022',
      // Nothing is inlined as data: addresses, so that the Content-Security-Policy can stay narrow.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // MapLibre alone is past the default of 500 kB; it is a chunk of its own, loaded beside the rest.
      chunkSizeWarningLimit: 1200,
      watch: options.watch ? {} : null,
    },
  } satisfies InlineConfig;
}

if (import.meta.main) {
  await build(pageConfig({ watch: process.argv.includes('--watch') }));
}
