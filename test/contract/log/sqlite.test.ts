import { logContract } from './log-contract.ts';
import { sqliteDriver } from './sqlite-driver.ts';

logContract(sqliteDriver);
