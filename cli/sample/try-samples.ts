import type { Pipeline } from '../../core/config/pipeline.ts';
import { makePlan } from '../../services/enricher/plan.ts';
import { chooseSource, type Wanted } from './choose-source.ts';
import { describeSample, sampleToJson } from './describe-sample.ts';
import { readRegisters } from './read-registers.ts';
import { readSamples } from './read-samples.ts';
import { SampleTrial, type TriedSample } from './try-sample.ts';

/**
 * What the samples of a file become, by the very code that ingress and enricher run. Throws `UsageError` where source or
 * topic are not known, `INPUT_INVALID` for a file that can't be read.
 */
export async function trySamples(
  file: string,
  pipeline: Pipeline,
  wanted: Wanted & { readonly contentType: string | undefined },
) {
  const plan = makePlan(pipeline, await readRegisters(pipeline));
  const trial = new SampleTrial({ plan, nowMicros: Date.now() * 1000 });
  const tried: TriedSample[] = readSamples(file).map((sample) => {
    const topic = wanted.topic ?? sample.topic;
    const chosen = chooseSource(pipeline.sources, { source: wanted.source, topic });
    const contentType = wanted.contentType ?? sample.contentType;
    return trial.try({ ...sample, contentType }, chosen);
  });
  const isBad = ({ parts, refused }: TriedSample) =>
    refused !== undefined || parts.some(({ kind }) => kind === 'deadLetter');
  return {
    text: tried.map((one) => describeSample(one, pipeline)).join('\n\n'),
    json: tried.map(sampleToJson),
    isWell: !tried.some(isBad),
  };
}
