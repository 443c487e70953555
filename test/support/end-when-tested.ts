/**
 * Imported before each test file (see run.ts). A file whose tests are over but that left something open would keep its
 * process, and the whole run, alive: it is ended here, a while later, so that what it reported has been read.
 * (`forceExit` of node:test ends it at once, and with it the results that are still in the pipe.)
 */
import { after } from 'node:test';

const graceMs = 2_000;

after(() => {
  setTimeout(() => process.exit(), graceMs).unref();
});
