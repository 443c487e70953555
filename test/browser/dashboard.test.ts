import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { Registry } from 'prom-client';
import { startDashboard } from '../../services/dashboard/main.ts';
import { buildPage } from '../../services/dashboard/web/build.ts';
import { startTestDashboard, type TestDashboard } from '../support/start-test-dashboard.ts';
import { until } from '../support/until.ts';
import {
  busModel,
  busReading,
  segmentModel,
  segmentReading,
  segmentShape,
} from './made-up-city.ts';
import { openChromium, skipWithoutChromium } from './open-chromium.ts';
import { openWatchedPage, type WatchedPage } from './watched-page.ts';

const skip = skipWithoutChromium;
let browser: Browser;

before(async () => {
  if (skip) return;
  await buildPage({ watch: false });
  browser = await openChromium();
});

after(async () => {
  if (!skip) await browser.close();
});

/** A dashboard with 40 buses, five minutes of one of them, and a road segment. */
async function startCity(): Promise<TestDashboard> {
  const city = await startTestDashboard();
  await city.publishModel(busModel);
  await city.publishModel(segmentModel);
  await city.publishRegisterEntry(segmentShape);
  const past = Array.from({ length: 150 }, (_, index) =>
    busReading('18/1', 300_000 - index * 2000, {
      numbers: { speed: 5 + Math.sin(index / 9) * 4, heading: 90 },
    }),
  );
  const fleet = Array.from({ length: 40 }, (_, index) =>
    busReading(`18/${index + 1}`, 500, {
      position: { lat: 56.12 + index / 1000, lon: 10.15 + (index % 7) / 50, altitude: null },
    }),
  );
  await city.publish([...past, ...fleet, segmentReading(62)]);
  await city.store();
  return city;
}

/** The feed is live and the map is drawn. */
async function live(page: Page): Promise<void> {
  await page.locator('.connection.live').waitFor();
  await page.locator('.map-buttons').waitFor();
}

async function inCity(
  path: string,
  body: (city: TestDashboard, watched: WatchedPage) => Promise<void>,
): Promise<void> {
  const city = await startCity();
  try {
    const watched = await openWatchedPage(browser, `${city.url}${path}`);
    await live(watched.page);
    await body(city, watched);
    assert.deepEqual(watched.outside, []);
    await watched.close();
  } finally {
    await city.stop();
  }
}

/** The map as it is drawn, once it has come to rest. */
async function mapPicture(page: Page): Promise<string> {
  const take = async () => (await page.locator('.map-canvas').screenshot()).toString('base64');
  let last = await take();
  return until(async () => {
    const before = last;
    last = await take();
    return before === last ? last : undefined;
  });
}

test('the page shows every entity, in the list and on the map, without an error or an outside request', {
  skip,
}, async () => {
  await inCity('/', async (_, { page, errors }) => {
    await page.getByRole('option').first().waitFor();
    assert.equal(await page.locator('.types button').first().innerText(), 'All 41');
    const segment = page.getByRole('option').filter({ hasText: 'Ringvejen' });
    await page.getByRole('button', { name: /Road segment/ }).click();
    assert.match(await segment.innerText(), /62\s?%/);
    await page.locator('.legend').filter({ hasText: 'simulated' }).waitFor();
    await page.locator('.maplibregl-canvas').waitFor();
    await page.locator('.ledger-figure').waitFor();
    assert.deepEqual(errors, []);
  });
});

test('choosing an entity shows its values in display units, and a chart of its history', {
  skip,
}, async () => {
  await inCity('/', async (_, { page, errors }) => {
    await page.keyboard.press('/');
    await page.keyboard.type('18/1 bus');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '18/1', exact: true }).waitFor();
    // 10 m/s are 36 km/h.
    assert.match(await page.locator('.current-value').innerText(), /^36(\.0)?\s?km\/h$/);
    assert.equal(await page.locator('.plot-unit').innerText(), 'km/h');
    assert.match(await page.locator('.values').innerText(), /Route\s+4A/);
    await until(() => drawnShare(page));
    assert.match(page.url(), /entity=bus\/18\/1/);
    await page.getByRole('button', { name: '1 h', exact: true }).click();
    assert.match(page.url(), /range=1h/);
    await page.goBack();
    await page.getByRole('option').first().waitFor();
    assert.deepEqual(errors, []);
  });
});

/** How many of the chart's pixels are of the line's colour; a chart without a line has none. */
async function drawnShare(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.plot canvas');
    const context = canvas?.getContext('2d');
    if (!canvas || !context || canvas.width === 0) return 0;
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let blue = 0;
    for (let at = 0; at < data.length; at += 4) {
      if ((data[at + 2] ?? 0) > 150 && (data[at] ?? 0) < 80 && (data[at + 3] ?? 0) > 200) blue++;
    }
    return blue;
  });
}

test('a live reading moves an entity on the map and changes its value', { skip }, async () => {
  await inCity('/?entity=bus/18/1', async (city, { page, errors }) => {
    await page.locator('.current-value').waitFor();
    const before = await mapPicture(page);
    await city.publish([
      busReading('18/1', 0, {
        numbers: { speed: 21.5, heading: 180 },
        position: { lat: 56.155, lon: 10.19, altitude: null },
      }),
    ]);
    await page.locator('.current-value').filter({ hasText: '77.4' }).waitFor();
    await page.getByText('56.15500°, 10.19000°').waitFor();
    await until(async () => (await mapPicture(page)) !== before);
    assert.deepEqual(errors, []);
  });
});

test('a server that goes away is told, and when it is back the page goes on without a gap', {
  skip,
}, async () => {
  await inCity('/?entity=bus/18/2', async (city, { page, errors }) => {
    await page.locator('.current-value').waitFor();
    assert.deepEqual(errors, []);
    const port = Number(new URL(city.url).port);
    await city.service.stop();
    await page.getByText('Offline.').waitFor();
    await city.publish([busReading('18/2', 0, { numbers: { speed: 22.25 } })]);
    const settings = { ...city.context.settings, httpPort: port };
    const again = await startDashboard({ ...city.context, settings, metrics: new Registry() });
    try {
      await live(page);
      await page.getByText('Offline.').waitFor({ state: 'detached' });
      await page.locator('.current-value').filter({ hasText: '80.1' }).waitFor();
      // Nothing but the attempts while nobody answered.
      assert.deepEqual(
        errors.filter(
          (line) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE/.test(line),
        ),
        [],
      );
    } finally {
      await again.stop();
    }
  });
});

test('a past time shows the values of then, and "live" leads back', { skip }, async () => {
  const at = new Date(Date.now() - 120_000).toISOString();
  await inCity(`/?entity=bus/18/1&at=${at}`, async (_, { page, errors }) => {
    await page.getByText('As it was at').waitFor();
    await page.getByText('Asking the history').waitFor({ state: 'detached' });
    const then = await page.locator('.current-value').innerText();
    assert.notEqual(then, '36 km/h');
    await page.getByRole('button', { name: 'Live', exact: true }).click();
    await page.getByText('As it was at').waitFor({ state: 'detached' });
    assert.deepEqual(errors, []);
  });
});

test('an empty pipeline says how to publish a first reading, and shows it when it comes', {
  skip,
}, async () => {
  const city = await startTestDashboard();
  try {
    const { page, errors, close } = await openWatchedPage(browser, city.url);
    await page.getByRole('heading', { name: 'No readings yet' }).waitFor();
    await page.getByText('127.0.0.1:1883').waitFor();
    await city.publish([busReading('18/8', 0, { position: null })]);
    await page.getByText('No entity has a position').waitFor();
    await city.publish([busReading('18/9', 0)]);
    await page.getByRole('option').filter({ hasText: '18/9' }).waitFor();
    await page.getByText('No entity has a position').waitFor({ state: 'detached' });
    assert.deepEqual(errors, []);
    await close();
  } finally {
    await city.stop();
  }
});

test('where a token is asked for, the page asks for it and opens with it', { skip }, async () => {
  const city = await startTestDashboard({ settings: { apiToken: 'a token of some length' } });
  try {
    const { page, close } = await openWatchedPage(browser, city.url);
    await page.getByLabel('Token').fill('not that one');
    await page.getByRole('button', { name: 'Open' }).click();
    await until(async () => (await page.getByRole('alert').innerText()) !== '');
    await page.getByLabel('Token').fill('a token of some length');
    await page.getByRole('button', { name: 'Open' }).click();
    await live(page);
    await close();
  } finally {
    await city.stop();
  }
});
