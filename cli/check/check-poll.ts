import type { Pipeline, SourceDeclaration } from '../../core/config/pipeline.ts';
import type { PollDeclaration } from '../../core/config/poll-declaration.ts';
import { makePlan } from '../../services/enricher/plan.ts';
import { sourcePlan } from '../../services/poll-ingress/source-plan.ts';
import { tryPoll } from '../../services/poll-ingress/try-poll.ts';
import { readRegisters } from '../sample/read-registers.ts';
import { SampleTrial } from '../sample/try-sample.ts';
import { attempt, type ConnectCheck, Fault } from './connect-check.ts';
import { describePage } from './describe-page.ts';

/** That the provider of each polled source answers, and what its first page would become: stored, or set aside. */
export async function checkPolls(pipeline: Pipeline): Promise<ConnectCheck[]> {
  const registers = readRegisters(pipeline);
  // Each source tells of it.
  registers.catch(() => undefined);
  const newTrial = async () =>
    new SampleTrial({
      plan: makePlan(pipeline, await registers),
      nowMicros: Date.now() * 1000,
    });
  const checks = Object.entries(pipeline.sources).map(([source, { format, poll }]) =>
    poll === undefined ? [] : [checkPoll(source, { format, poll }, newTrial)],
  );
  return Promise.all(checks.flat());
}

function checkPoll(
  source: string,
  { format, poll }: Pick<SourceDeclaration, 'format'> & { readonly poll: PollDeclaration },
  newTrial: () => Promise<SampleTrial>,
): Promise<ConnectCheck> {
  const plan = sourcePlan(source, format, poll);
  return attempt(
    `source ${source} at ${plan.url.origin}${plan.topic}`,
    async (signal) => {
      const trial = await newTrial();
      const tried = await tryPoll(plan, signal, trial.formatMemory(source, format));
      if (tried.kind === 'fails') throw new Fault(tried.sentence);
      if (tried.kind === 'none') return tried.why;
      const parts = tried.records.map((record) => trial.enrich(record));
      const { sentence, isWell } = describePage(parts, tried);
      if (!isWell) throw new Fault(plan.redact(sentence));
      return sentence;
    },
    'Check url, and that the provider is up.',
  );
}
