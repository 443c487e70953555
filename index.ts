/** What a `millrace.config.ts` imports. */
export { decimal, definePipeline, flag, number, tag, text } from './core/config/pipeline.ts';
export type { Format, FormatInput, FormatOutcome } from './core/format.ts';
export type { Observation, Position, Reading } from './core/reading.ts';
export { custom } from './formats/custom.ts';
