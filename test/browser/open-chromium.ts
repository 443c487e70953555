import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const usualPlaces = [
  process.env.MILLRACE_CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The system's Chromium; undefined when there is none. */
const chromiumPath = usualPlaces.find((path) => path !== '' && existsSync(path));

/** Why tests that need a browser are skipped; false when they run, or when a skip isn't allowed. */
export const skipWithoutChromium =
  chromiumPath === undefined && process.env.MILLRACE_REQUIRE_STACK !== '1'
    ? 'no Chromium is installed (apt-get install chromium, or MILLRACE_CHROMIUM=/path/to/it)'
    : false;

/** Draws WebGL in software and makes no request of its own. */
export async function openChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('A Chromium is needed, and none is installed.');
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--ignore-gpu-blocklist',
    ],
  });
}
