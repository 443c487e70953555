import type { FormatMemory } from '../../core/format.ts';
import type { NewRecord } from '../../core/log/event-log.ts';
import { buildRequest } from './build-request.ts';
import { fetchPage } from './fetch-page.ts';
import { newPollState } from './new-poll-state.ts';
import { nextStep } from './next-step.ts';
import { OAuthTokens } from './oauth-tokens.ts';
import { deadPage, pageToRecords } from './page-to-records.ts';
import { readPage } from './read-page.ts';
import type { SourcePlan } from './source-plan.ts';

export type TriedPoll =
  | {
      readonly kind: 'page';
      /** Its readings and dead letters, as the poll would append them. */
      readonly records: readonly NewRecord[];
      /** What the format set aside on purpose. */
      readonly filtered: number;
      readonly hasMore: boolean;
    }
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'fails'; readonly sentence: string };

/**
 * Asks for the first page of a first poll, and says what of it would go into the log; nothing is kept but what a format
 * that remembers puts into `memory`. For `millrace check`.
 */
export async function tryPoll(
  plan: SourcePlan,
  signal: AbortSignal,
  memory?: FormatMemory,
): Promise<TriedPoll> {
  const nowMs = Date.now;
  const state = newPollState(plan, nowMs(), () => 0);
  const step = nextStep(state, plan, nowMs());
  if (step === undefined) return { kind: 'none', why: 'not due' };
  const request = buildRequest(plan, state, step);
  const fetched = await fetchPage(plan, request, { tokens: new OAuthTokens(nowMs), signal, nowMs });
  if (fetched.kind === 'unchanged') return { kind: 'none', why: 'unchanged' };
  if (fetched.kind !== 'page') return { kind: 'fails', sentence: plan.redact(fetched.sentence) };
  const { answer } = fetched;
  const read = readPage(plan, step, { answer, nowMs: nowMs() });
  if (read.kind === 'failed') return { kind: 'fails', sentence: plan.redact(read.sentence) };
  const page = {
    payloads: read.kind === 'read' ? read.payloads : [answer.body],
    contentType: answer.headers.get('content-type') ?? undefined,
    id: 'check',
    receivedAt: nowMs() * 1000,
    memory,
  };
  const { records, filtered } =
    read.kind === 'read' ? pageToRecords(plan, page) : deadPage(plan, page, read.outcome);
  return { kind: 'page', records, filtered, hasMore: read.kind === 'read' && read.next !== null };
}
