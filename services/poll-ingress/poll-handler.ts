import type { DeadLetterNotice } from '../../core/dead-letter-notice.ts';
import type { Events } from '../../core/events.ts';
import type {
  LogRecord,
  NewRecord,
  ProcessHandler,
  RecordBatch,
  StepState,
} from '../../core/log/event-log.ts';
import { messageOfThrown } from '../../core/message-of-thrown.ts';
import { type PollAsk, parsePollAsk, pollAskRecord } from '../../core/poll/poll-ask.ts';
import { type PollState, parsePollState } from '../../core/poll/poll-state.ts';
import { pollStatesTopic } from '../../core/topics.ts';
import { addBackfill } from './add-backfill.ts';
import { afterFailure } from './after-page.ts';
import { byClockOfNow } from './clock-set-back.ts';
import { FilteredCounts } from './filtered-counts.ts';
import { adoptDeclaration, newPollState } from './new-poll-state.ts';
import { nextDueMs, nextStep } from './next-step.ts';
import type { PollMetrics } from './poll-metrics.ts';
import { failedPoll, type Polled, type PollParts, pollSource } from './poll-source.ts';
import type { SourcePlan } from './source-plan.ts';
import { tellOfPoll } from './tell-of-poll.ts';

export interface PollHandlerParts extends PollParts {
  readonly plans: ReadonlyMap<string, SourcePlan>;
  readonly metrics: PollMetrics;
  readonly events: Events;
  readonly notice: DeadLetterNotice;
}

/** Entries of other versions are swept away: raise it when the meaning of a step's entries changes. */
const pollStep = { step: 'poll', version: 1 };
const countsStep = { step: 'counts', version: 1 };
const memoryStep = { step: 'memory', version: 1 };

/**
 * Does what a batch asks for: at most one request of a source at a time, those of several sources side by side. Hands
 * back everything that commits as one: the records of the pages, how each source stands, and the next asks. Rejects
 * only when the service stops; nothing of the batch is committed then, and it comes again.
 */
export function pollHandler(parts: PollHandlerParts): ProcessHandler {
  return async (batch, context) => {
    const states = context.state(pollStep.step, pollStep.version);
    const counts = context.state(countsStep.step, countsStep.version);
    const memories = context.state(memoryStep.step, memoryStep.version);
    const bySource = asksBySource(batch, parts.plans);
    await Promise.all([states.load([...bySource.keys()]), counts.load([FilteredCounts.stateKey])]);
    const filtered = FilteredCounts.restore(counts, batch.partition);
    const made = await Promise.all(
      [...bySource].map(([source, asks]) =>
        doAsks(source, asks, { parts, states, memories, filtered }),
      ),
    );
    const nowMs = parts.nowMs();
    return [...made.flat(), ...filtered.save(counts, nowMs)];
  };
}

function asksBySource({ records }: RecordBatch, plans: PollHandlerParts['plans']) {
  const known = records.filter(({ key }) => plans.has(key));
  return Map.groupBy(known, ({ key }: LogRecord) => key);
}

interface Surroundings {
  readonly parts: PollHandlerParts;
  readonly states: StepState;
  readonly memories: StepState;
  readonly filtered: FilteredCounts;
}

/** A tick after another of the same batch finds nothing due, as a rule. */
async function doAsks(
  source: string,
  asks: readonly LogRecord[],
  { parts, states, memories, filtered }: Surroundings,
): Promise<readonly NewRecord[]> {
  const plan = parts.plans.get(source);
  if (plan === undefined) return [];
  const kept = states.get(source);
  const known = kept === undefined ? undefined : parsePollState(kept);
  const begunAtMs = parts.nowMs();
  const before = known && adoptDeclaration(byClockOfNow(known, begunAtMs), plan, begunAtMs);
  let state = before ?? newPollState(plan, begunAtMs, parts.jitter);
  const records: NewRecord[] = [];
  for (const { value } of asks) {
    const ask = parsePollAsk(value);
    if (ask === undefined) continue;
    const polled = await doAsk(plan, state, ask, { parts, memories });
    for (const record of polled.records) records.push(record);
    filtered.add(source, polled.filtered);
    state = polled.state;
  }
  if (state === known) return records;
  const due = nextDueMs(state);
  const nowMs = parts.nowMs();
  const isDue = due <= nowMs;
  const committed: PollState = { ...state, wakeAtMs: isDue ? null : due, updatedAtMs: nowMs };
  const value = Buffer.from(JSON.stringify(committed));
  states.put(source, value);
  records.push({ topic: pollStatesTopic, key: source, value, timestampMs: nowMs });
  if (isDue) records.push(pollAskRecord(source, { kind: 'tick', step: state.step }, nowMs));
  return records;
}

const nothing = { records: [], filtered: 0 };

async function doAsk(
  plan: SourcePlan,
  before: PollState,
  ask: PollAsk,
  { parts, memories }: Pick<Surroundings, 'parts' | 'memories'>,
): Promise<Pick<Polled, 'state' | 'records' | 'filtered'>> {
  if (ask.kind === 'tick' && ask.step !== undefined && ask.step !== before.step)
    return { ...nothing, state: before };
  const state = ask.kind === 'backfill' ? addBackfill(plan, before, ask) : before;
  const step = nextStep(state, plan, parts.nowMs());
  if (step === undefined) return { ...nothing, state };
  const timer = parts.metrics.startRequest(plan.source);
  const polled = await pollSource(plan, state, { step, parts, memories }).catch((error: unknown) =>
    unexpected(error, { plan, state, parts }),
  );
  timer(polled);
  tellOfPoll(parts.events, { plan, before: state, polled });
  if (polled.firstDead) parts.notice.tell(plan.source, polled.firstDead);
  return polled;
}

/** A mistake of ours is not to hold up the sources that share the partition: told, and tried again like any failure. */
function unexpected(
  error: unknown,
  { plan, state, parts }: { plan: SourcePlan; state: PollState; parts: PollHandlerParts },
): Polled {
  parts.signal.throwIfAborted();
  const { source } = plan;
  parts.events.error('poll.threw', {
    message: `A page of ${source} could not be taken. It is tried again; please report this.`,
    source,
    error,
  });
  const moment = { nowMs: parts.nowMs(), random: parts.jitter, waitUntilMs: undefined };
  const sentence = `The page could not be taken: ${messageOfThrown(error)}`;
  return failedPoll(afterFailure(plan, state, { sentence, isRefused: false, moment }));
}
