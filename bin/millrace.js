#!/usr/bin/env node
// The command `millrace`: in a checkout it runs the TypeScript sources, in an installed package `dist/`.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runNode } from './node24.js';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const sources = path('../cli/main.ts');
const isCheckout = existsSync(sources) && !sources.includes('node_modules');

runNode([
  ...(isCheckout ? ['--conditions=millrace-source', sources] : [path('../dist/cli/main.js')]),
  ...process.argv.slice(2),
]);
