import { test } from 'node:test';
import { withoutEngine } from '../../support/require-stack.ts';
import { kafkaDriver } from './kafka-driver.ts';
import { logContract } from './log-contract.ts';

const reason = withoutEngine();
if (reason) test("the log's contract on Kafka", { skip: reason }, () => undefined);
else logContract(kafkaDriver);
