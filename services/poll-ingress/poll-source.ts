import { hash } from 'node:crypto';
import type { NewRecord, StepState } from '../../core/log/event-log.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { PollState, PollValidators } from '../../core/poll/poll-state.ts';
import {
  afterFailure,
  afterLimited,
  afterPage,
  afterUnchanged,
  type Moment,
} from './after-page.ts';
import type { FetchedAnswer, PollRequest } from './bounded-fetch.ts';
import { buildRequest, printOfRequest } from './build-request.ts';
import { type FetchPageParts, fetchPage } from './fetch-page.ts';
import type { Step } from './next-step.ts';
import { deadPage, type Page, type PageRecords, pageToRecords } from './page-to-records.ts';
import { readPage } from './read-page.ts';
import type { SourcePlan } from './source-plan.ts';
import { withMemory } from './with-memory.ts';

export interface PollParts extends FetchPageParts {
  /** 0 to 1. */
  readonly jitter: () => number;
}

/** One request, and what it came to: the records and the state that commit together. */
export interface Polled {
  readonly state: PollState;
  readonly records: readonly NewRecord[];
  readonly readings: number;
  readonly filtered: number;
  readonly deadLetters: number;
  readonly firstDead?: DeadLetterOutcome | undefined;
  readonly outcome: 'taken' | 'unchanged' | 'limited' | 'failed';
}

export interface PollOptions {
  readonly step: Step;
  readonly parts: PollParts;
  /** What formats remember. */
  readonly memories: StepState;
}

const nothing = { records: [], readings: 0, filtered: 0, deadLetters: 0 };

export function failedPoll(state: PollState): Polled {
  return { ...nothing, state, outcome: 'failed' };
}

/** Asks for the page of a step. Rejects only when the service stops. */
export async function pollSource(
  plan: SourcePlan,
  state: PollState,
  { step, parts, memories }: PollOptions,
): Promise<Polled> {
  const request = buildRequest(plan, state, step);
  const answer = await fetchPage(plan, request, parts);
  const nowMs = parts.nowMs();
  const moment: Moment = { nowMs, random: parts.jitter, waitUntilMs: answer.waitUntilMs };
  switch (answer.kind) {
    case 'unchanged':
      return {
        ...nothing,
        state: afterUnchanged(plan, state, moment),
        outcome: 'unchanged',
      };
    case 'limited': {
      const sentence = plan.redact(answer.sentence);
      return { ...nothing, state: afterLimited(state, sentence, moment), outcome: 'limited' };
    }
    case 'failed': {
      const { sentence, isRefused } = answer;
      const after = afterFailure(plan, state, { sentence, isRefused, moment });
      return failedPoll(after);
    }
    case 'page':
      return takePage(plan, state, { step, request, answer: answer.answer, moment, memories });
  }
}

interface Arrived {
  readonly step: Step;
  readonly request: PollRequest;
  readonly answer: FetchedAnswer;
  readonly moment: Moment;
  readonly memories: StepState;
}

async function takePage(plan: SourcePlan, state: PollState, arrived: Arrived): Promise<Polled> {
  const { answer, memories, moment, request, step } = arrived;
  const read = readPage(plan, step, { answer, nowMs: moment.nowMs });
  // The provider did answer: a cursor of pages that has lapsed comes so too, from GraphQL always.
  if (read.kind === 'failed') {
    const failure = { sentence: read.sentence, isRefused: true, moment };
    return failedPoll(afterFailure(plan, state, failure));
  }
  const page: Page = {
    payloads: read.kind === 'read' ? read.payloads : [answer.body],
    contentType: answer.headers.get('content-type') ?? undefined,
    id: `${step.walk.id}/${step.walk.page}`,
    receivedAt: moment.nowMs * 1000,
  };
  if (read.kind === 'undecodable') {
    const sentence = `A page could not be read: ${read.outcome.detail}`;
    const failure = { sentence, isRefused: true, moment };
    const after = afterFailure(plan, state, failure);
    const print = hash('sha256', answer.body);
    // The same page again and again is one dead letter.
    const dead = print === state.lastDead ? nothing : deadPage(plan, page, read.outcome);
    return { ...dead, state: { ...after, lastDead: print }, outcome: 'failed' };
  }
  const made = plan.format.remembers
    ? await withMemory(memories, plan.source, (memory) => pageToRecords(plan, { ...page, memory }))
    : pageToRecords(plan, page);
  const isDead = made.deadLetters > 0 && made.readings === 0;
  const print = isDead ? hash('sha256', answer.body) : null;
  const isSameDead = print !== null && print === state.lastDead;
  const kept: PageRecords = isSameDead ? { ...nothing, firstDead: undefined } : made;
  const { next, cursor } = read;
  const taken = {
    ...{ next, cursor, dead: print, readings: made.readings },
    validators: validatorsOf(request, answer),
  };
  return {
    ...kept,
    state: afterPage(plan, state, { step, page: taken, moment }),
    outcome: 'taken',
  };
}

/** Kept in state with each poll. */
const longestValidators = 2048;

function validatorsOf(request: PollRequest, { headers }: FetchedAnswer): PollValidators | null {
  const etag = headers.get('etag');
  const lastModified = headers.get('last-modified');
  if (request.method !== 'GET' || (etag === null && lastModified === null)) return null;
  if (`${etag}${lastModified}`.length > longestValidators) return null;
  return { of: printOfRequest(unconditional(request)), etag, lastModified };
}

/** The print is of method, address and body; headers are no part of it. */
function unconditional({ method, url, body }: PollRequest): PollRequest {
  return { method, url, body, headers: {} };
}
