import { kafkaDriver } from './kafka-driver.ts';
import { logContract } from './log-contract.ts';

logContract(kafkaDriver);
