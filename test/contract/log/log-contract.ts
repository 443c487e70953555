import { describe } from 'node:test';
import { appendContract } from './append-contract.ts';
import { consumeContract } from './consume-contract.ts';
import type { LogDriver } from './log-driver.ts';
import { modelContract } from './model-contract.ts';
import { processContract } from './process-contract.ts';
import { tailContract } from './tail-contract.ts';
import { upkeepContract } from './upkeep-contract.ts';

/** What every driver of the log passes unchanged. */
export function logContract(driver: LogDriver): void {
  describe(`the log's contract on ${driver.name}`, { concurrency: false }, () => {
    appendContract(driver);
    processContract(driver);
    consumeContract(driver);
    tailContract(driver);
    upkeepContract(driver);
    modelContract(driver);
  });
}
