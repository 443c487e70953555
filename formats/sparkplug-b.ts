/**
 * Eclipse Sparkplug 3.0, payload B (https://sparkplug.eclipse.org/specification/version/3.0/documents/sparkplug-specification-3.0.0.pdf).
 *
 * Births declare metrics, their types and aliases; data name them by alias; a gap in the sequence numbers, or an
 * alias that no birth declared, asks the edge node for its births again.
 */
import { flag } from '../core/config/pipeline.ts';
import type { Format } from '../core/format.ts';
import { declarationFaults, type SparkplugBOptions } from './sparkplug-b/declaration.ts';
import { SparkplugDecoder } from './sparkplug-b/decoder.ts';
import { describeMapping } from './sparkplug-b/describe-mapping.ts';
import { compileSparkplugMapping } from './sparkplug-b/entity-mapping.ts';
import { topicsOf } from './sparkplug-b/topic.ts';

export type {
  SparkplugBOptions,
  SparkplugDevice,
  SparkplugEntity,
  SparkplugField,
} from './sparkplug-b/declaration.ts';

/** An edge node of which nothing but its presence is taken: `models: { 'edge-node': sparkplugNode }`. */
export const sparkplugNode = {
  label: 'Edge node',
  fields: { online: flag({ label: 'Online' }) },
} as const;

/**
 * One reading for each time in a payload, of the device (or the edge node) that its topic names, or by `fields` of it
 * what is wanted. Births set the flag `online`, deaths clear it, and a node's death that of its devices too.
 */
export function sparkplugB(options: SparkplugBOptions = {}): Format {
  const faults = declarationFaults(options);
  const mapping =
    faults.length > 0 ? compileSparkplugMapping({}) : compileSparkplugMapping(options);
  const decoder = new SparkplugDecoder(mapping, options?.rebirthEvery ?? 100);
  return {
    name: 'sparkplug-b',
    remembers: true,
    contentType: 'application/x-protobuf; sparkplug_b',
    topics: faults.length > 0 ? [] : topicsOf(options.groups),
    ...describeMapping(mapping),
    faults,
    decode: (input) => decoder.decode(input),
  };
}
