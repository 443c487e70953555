import { buildRequest } from './build-request.ts';
import { fetchPage } from './fetch-page.ts';
import { newPollState } from './new-poll-state.ts';
import { nextStep } from './next-step.ts';
import { OAuthTokens } from './oauth-tokens.ts';
import { deadPage, pageToRecords } from './page-to-records.ts';
import { readPage } from './read-page.ts';
import type { SourcePlan } from './source-plan.ts';

export type TriedPoll =
  | { readonly kind: 'works'; readonly found: string }
  | { readonly kind: 'fails'; readonly sentence: string };

/** Asks for the first page of a first poll, and says what it would become; nothing is kept. For `millrace check`. */
export async function tryPoll(plan: SourcePlan, signal: AbortSignal): Promise<TriedPoll> {
  const nowMs = Date.now;
  const state = newPollState(plan, nowMs(), () => 0);
  const step = nextStep(state, plan, nowMs());
  if (step === undefined) return { kind: 'works', found: 'not due' };
  const request = buildRequest(plan, state, step);
  const fetched = await fetchPage(plan, request, { tokens: new OAuthTokens(nowMs), signal, nowMs });
  if (fetched.kind !== 'page')
    return fetched.kind === 'unchanged'
      ? { kind: 'works', found: 'unchanged' }
      : { kind: 'fails', sentence: plan.redact(fetched.sentence) };
  const { answer } = fetched;
  const read = readPage(plan, step, { answer, nowMs: nowMs() });
  if (read.kind === 'failed') return { kind: 'fails', sentence: plan.redact(read.sentence) };
  const page = {
    payloads: read.kind === 'read' ? read.payloads : [answer.body],
    contentType: answer.headers.get('content-type') ?? undefined,
    id: 'check',
    receivedAt: nowMs() * 1000,
  };
  const made =
    read.kind === 'read' ? pageToRecords(plan, page) : deadPage(plan, page, read.outcome);
  const { deadLetters, filtered, firstDead, readings } = made;
  const more = read.kind === 'read' && read.next !== null ? ', and there are more pages' : '';
  const found = `a page with ${readings} readings, ${filtered} filtered${more}`;
  return firstDead === undefined
    ? { kind: 'works', found }
    : { kind: 'fails', sentence: `${found}, ${deadLetters} dead letters: ${firstDead.detail}` };
}
