export type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
