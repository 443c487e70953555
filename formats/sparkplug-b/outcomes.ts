import type { FormatOutcome } from '../../core/format.ts';
import type { Observation } from '../../core/reading.ts';
import { deadLetter } from '../json/part.ts';
import type { EntityMapping } from './entity-mapping.ts';
import type { ReadMetrics, Values } from './read-metrics.ts';
import type { SparkplugTopic } from './topic.ts';

export const aside: FormatOutcome = { kind: 'drop', reason: 'not-a-reading' };

/** Readings in the order of their times' first metrics, then the letters. */
export function toOutcomes(
  topic: SparkplugTopic,
  mapping: EntityMapping,
  { parts, unusable, setAside }: ReadMetrics,
): FormatOutcome[] {
  const outcomes = parts.map((part) => ('kind' in part ? part : observed(topic, mapping, part)));
  outcomes.push(...unusable);
  if (setAside > 0) outcomes.push(aside);
  return outcomes;
}

export function observed(
  topic: SparkplugTopic,
  mapping: EntityMapping,
  values: Values,
): FormatOutcome {
  const observation: Observation = {
    entityType: mapping.entityType,
    entityId: mapping.entityId(topic),
    ...values,
    tags: mapping.tags(topic),
    position: null,
  };
  return { kind: 'ok', observation };
}

interface Gap {
  readonly topic: SparkplugTopic;
  readonly expected: number | undefined;
  readonly seq: number | undefined;
  readonly missing: number;
}

export const gapLetter = ({ topic: { group, node }, expected, seq, missing }: Gap): FormatOutcome =>
  deadLetter(
    'sequence-gap',
    `Expected message ${expected} of ${group}/${node}; came ${seq}: ${missing} of its messages ${missing === 1 ? 'is' : 'are'} missing.`,
    'seq',
  );
