import { sparkplugB } from '../../../formats/sparkplug-b.ts';

export const format = sparkplugB({ node: {} });
