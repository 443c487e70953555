import type { Browser, Page } from 'playwright-core';

export interface WatchedPage {
  readonly page: Page;
  /** Errors on the console and exceptions that nobody caught. */
  readonly errors: readonly string[];
  /** Addresses asked for that are not the dashboard's. */
  readonly outside: readonly string[];
  close(): Promise<void>;
}

/** A page of its own, in a browser profile of its own, whose troubles are noted. */
export async function openWatchedPage(browser: Browser, url: string): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Copenhagen',
    reducedMotion: 'reduce',
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const errors: string[] = [];
  const outside: string[] = [];
  const origin = new URL(url).origin;
  page.on('console', (line) => {
    if (line.type() === 'error') errors.push(line.text());
  });
  page.on('pageerror', (error) => errors.push(String(error.stack ?? error)));
  page.on('request', (request) => {
    const address = request.url();
    if (!address.startsWith(`${origin}/`) && !/^(blob|data):/.test(address)) outside.push(address);
  });
  await page.goto(url);
  return { page, errors, outside, close: () => context.close() };
}
