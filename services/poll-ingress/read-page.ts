import Link from 'http-link-header';
import { messageOfThrown } from '../../core/message-of-thrown.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { numberText } from '../../formats/json/json-path.ts';
import { type ParsedValue, parseJson } from '../../formats/json/json-text.ts';
import { withoutKey } from './authorize.ts';
import { type FetchedAnswer, refusedAddress } from './bounded-fetch.ts';
import { cursorTimeMs, higherCursor } from './higher-cursor.ts';
import { itemBytes } from './item-bytes.ts';
import type { Step } from './next-step.ts';
import type { SourcePlan } from './source-plan.ts';

/** What a page says beside its readings. */
export type PageRead =
  | {
      readonly kind: 'read';
      /** What goes to the format: the items, or the page. */
      readonly payloads: readonly Uint8Array[];
      /** Cursor, number or address of the next page; null: this was the last. */
      readonly next: string | null;
      readonly cursor: string | null;
    }
  /** The page is no page: kept as a dead letter, and asked for again later. */
  | { readonly kind: 'undecodable'; readonly outcome: DeadLetterOutcome }
  /** The provider says that something failed, or leads where we don't go. */
  | { readonly kind: 'failed'; readonly sentence: string };

/** A time further ahead than this is a mistake of the provider's: as a cursor it would hide all that comes after. */
const furthestAheadMs = 86_400_000;

export interface Arrived {
  readonly answer: FetchedAnswer;
  readonly nowMs: number;
}

/** Kept in state with each page: what is longer is no cursor. */
const longestText = 8192;
/** Of a page, which is one commit: each becomes a record, and millions of them (`[1,1,...]`) take the process's memory. */
const mostItems = 300_000;

/** Pure, and never throws. A page that is not JSON is looked into by its format alone. */
export function readPage(plan: SourcePlan, step: Step, arrived: Arrived): PageRead {
  try {
    const read = look(plan, step, arrived);
    if (read.kind !== 'read' || (read.next ?? '').length <= longestText) return read;
    return {
      kind: 'failed',
      sentence: `What leads to the next page has ${read.next?.length} characters; ${longestText} at most are kept.`,
    };
  } catch (error) {
    // The path library has limits of its own, on depth for one.
    const detail = `The page could not be looked into: ${messageOfThrown(error)}`;
    return {
      kind: 'undecodable',
      outcome: { kind: 'deadLetter', reason: 'decoder-threw', detail },
    };
  }
}

function look(plan: SourcePlan, step: Step, { answer, nowMs }: Arrived): PageRead {
  if (!isJsonNeeded(plan)) {
    const payloads = answer.body.length === 0 && answer.status === 204 ? [] : [answer.body];
    return withNext(plan, step, { payloads, cursor: step.walk.cursor }, { answer });
  }
  if (answer.status === 204 || answer.status === 205)
    return { kind: 'read', payloads: [], next: null, cursor: step.walk.cursor };
  const json = parseJson(answer.body, { withNumberTexts: true });
  if (json.kind === 'deadLetter') return { kind: 'undecodable', outcome: json };
  const errors = plan.declaration.graphql && graphqlErrors(json.root);
  if (errors !== undefined) return { kind: 'failed', sentence: errors };
  const payloads = payloadsOf(plan, json, answer.body);
  if (payloads === 'too many')
    return {
      kind: 'failed',
      sentence: `A page has more than ${mostItems} items. Ask for smaller pages.`,
    };
  if ('reason' in payloads) return { kind: 'undecodable', outcome: payloads };
  const cursor = cursorOf(plan, step, { json, nowMs });
  return withNext(plan, step, { payloads, cursor }, { answer, json });
}

function isJsonNeeded({ declaration: { graphql }, paths }: SourcePlan): boolean {
  return graphql !== undefined || Object.values(paths).some((path) => path !== undefined);
}

/** A GraphQL answer is 200 also when it failed (GraphQL, 7.1: errors, never empty). */
function graphqlErrors(root: unknown): string | undefined {
  const errors: unknown = isObject(root) ? root.errors : undefined;
  if (!Array.isArray(errors) || errors.length === 0) return undefined;
  const messages = errors.map((error) => (isObject(error) ? String(error.message) : String(error)));
  return `The GraphQL query failed: ${messages.join('; ').slice(0, 300)}.`;
}

function payloadsOf(
  { paths: { items } }: SourcePlan,
  json: ParsedValue,
  body: Buffer,
): readonly Uint8Array[] | DeadLetterOutcome | 'too many' {
  if (items === undefined) return [body];
  const found = items.findAll(json.root);
  if (found.length > mostItems) return 'too many';
  if (found.length > 0 || items.reachesInto(json.root))
    return found.map((item) => itemBytes(item, json.numberTexts));
  return {
    kind: 'deadLetter',
    reason: 'path-missing',
    detail: `Expected a page with items at ${items.text}; nothing is there.`,
    place: items.text,
  };
}

function cursorOf(
  { declaration, paths }: SourcePlan,
  { walk }: Step,
  { json, nowMs }: { readonly json: ParsedValue; readonly nowMs: number },
) {
  if (paths.cursor === undefined) return walk.cursor;
  const texts = paths.cursor
    .findAll(json.root)
    .filter(({ value }) => typeof value === 'string' || typeof value === 'number')
    .map((found) =>
      typeof found.value === 'string' ? found.value : numberText(found, json.numberTexts),
    )
    .filter(({ length }) => length > 0 && length <= longestText);
  if (declaration.cursor?.take === 'last') return texts.at(-1) ?? walk.cursor;
  return texts
    .filter((text) => !((cursorTimeMs(text) ?? 0) > nowMs + furthestAheadMs))
    .reduce<string | null>(higherCursor, walk.cursor);
}

type Read = Pick<Extract<PageRead, { kind: 'read' }>, 'payloads' | 'cursor'>;
interface Came {
  readonly answer: FetchedAnswer;
  readonly json?: ParsedValue;
}

function withNext(plan: SourcePlan, step: Step, read: Read, came: Came): PageRead {
  const { pages } = plan.declaration;
  switch (pages?.by) {
    case undefined:
      return { kind: 'read', ...read, next: null };
    case 'cursor': {
      const hasMore = plan.paths.more === undefined || textAt(plan.paths.more, came) === 'true';
      const next = hasMore ? textAt(plan.paths.next, came) : null;
      return { kind: 'read', ...read, next };
    }
    case 'page':
    case 'offset':
      return { kind: 'read', ...read, next: counted(plan, step, read, came) };
    case 'link':
      return toAddress(plan, read, linkOf(came.answer, pages.rel ?? 'next'));
    case 'url':
      return toAddress(plan, read, textAt(plan.paths.next, came));
  }
}

/** Pages by number end with one that is not full, or where the provider says how many there are. */
function counted(plan: SourcePlan, { walk }: Step, { payloads }: Read, came: Came): string | null {
  const { pages } = plan.declaration;
  if (pages?.by !== 'page' && pages?.by !== 'offset') return null;
  if (payloads.length === 0) return null;
  const isPage = pages.by === 'page';
  const first = pages.first ?? (isPage ? 1 : 0);
  const next = (walk.next === null ? first : Number(walk.next)) + (isPage ? 1 : payloads.length);
  const total = Number(textAt(plan.paths.total, came) ?? Number.NaN);
  if (Number.isFinite(total)) return next - first < total ? `${next}` : null;
  return pages.size !== undefined && payloads.length < pages.size ? null : `${next}`;
}

function textAt(path: SourcePlan['paths']['next'], { json }: Came): string | null {
  const found = json === undefined ? undefined : path?.findIn(json.root);
  if (found === undefined || found === 'several') return null;
  const { value } = found;
  if (typeof value === 'number') return numberText(found, json?.numberTexts);
  if (typeof value === 'boolean') return `${value}`;
  return typeof value === 'string' && value !== '' ? value : null;
}

function linkOf({ headers }: FetchedAnswer, rel: string): string | null {
  const header = headers.get('link');
  if (header === null) return null;
  try {
    return Link.parse(header).rel(rel)[0]?.uri ?? null;
  } catch {
    return null;
  }
}

function toAddress(plan: SourcePlan, read: Read, text: string | null): PageRead {
  if (text === null) return { kind: 'read', ...read, next: null };
  if (!URL.canParse(text, plan.url))
    return { kind: 'failed', sentence: 'The address of the next page is none.' };
  const target = new URL(text, plan.url);
  const refusal = refusedAddress(target, plan.url, plan.otherHosts);
  if (refusal !== undefined)
    return { kind: 'failed', sentence: `The next page leads to ${refusal}` };
  return { kind: 'read', ...read, next: withoutKey(plan, target).href };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
