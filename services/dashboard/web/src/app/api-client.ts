import type { ApiList, ApiProblem } from '../../../api-types.ts';

/** An answer that isn't what was asked for; the message is the server's own sentence where it gave one. */
export class ApiError extends Error {
  /** 0: no answer at all. */
  readonly status: number;

  constructor(status: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** GET as JSON. Throws {@link ApiError}. */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await ask(path, signal ? { signal } : {});
  return (await answer.json()) as T;
}

/** Every page of a list, one after another; at most `limit` items. */
export async function getWholeList<T>(path: string, limit = 100_000): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const from: string = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const page: ApiList<T> = await getJson<ApiList<T>>(`${path}${from}`);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < limit);
  return items;
}

/** Exchanges the token for a cookie. Returns the server's sentence when it is refused. */
export async function openSession(token: string): Promise<string | undefined> {
  try {
    await ask('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    return undefined;
  } catch (error) {
    return error instanceof ApiError ? error.message : String(error);
  }
}

/** Whether the server refuses us for want of a token (and not for being away). */
export async function asksForToken(): Promise<boolean> {
  try {
    await ask('/api/v1/pipeline', {});
    return false;
  } catch (error) {
    return error instanceof ApiError && error.status === 401;
  }
}

async function ask(path: string, options: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: 'same-origin', ...options });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(0, 'The server does not answer.', { cause });
  }
  if (answer.ok) return answer;
  throw new ApiError(answer.status, await sentenceOf(answer));
}

async function sentenceOf(answer: Response): Promise<string> {
  try {
    const problem = (await answer.json()) as Partial<ApiProblem>;
    if (problem.detail) return problem.detail;
  } catch {
    // Not a problem document (a proxy's page, perhaps): the status has to do.
  }
  return `The server answered ${answer.status} ${answer.statusText}.`.replace(' .', '.');
}
