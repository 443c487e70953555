import { theThingsStack } from '../../../formats/the-things-stack.ts';

export const format = theThingsStack();
