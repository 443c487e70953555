import type { Settings } from '../core/config/settings.ts';
import { MillraceError } from '../core/errors.ts';
import { reachable } from '../core/own-broker-url.ts';

export interface DashboardQuestion {
  /** Below the dashboard's address: `/api/v1/...`. */
  readonly path: string;
  readonly body: object;
  readonly withinMs: number;
  /** Why this process can't have the embedded log. */
  readonly inUse: Error;
}

/**
 * Has the process that holds the embedded log do something: a POST at its dashboard. Throws `DATA_DIR_IN_USE` when that
 * has none where the settings say, or refuses us, and `INPUT_INVALID` for what it finds wrong (400, 404).
 */
export async function askDashboard<Answer>(
  { host, httpPort, apiToken }: Pick<Settings, 'host' | 'httpPort' | 'apiToken'>,
  { path, body, withinMs, inUse }: DashboardQuestion,
): Promise<Answer> {
  const url = `http://${reachable(host)}:${httpPort}`;
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(apiToken !== undefined && { authorization: `Bearer ${apiToken}` }),
    },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(withinMs),
  }).catch((cause: unknown) => {
    throw new MillraceError(
      'DATA_DIR_IN_USE',
      `${inUse.message.split('. ')[0]}, and its dashboard should answer at ${url}; it does not. Set MILLRACE_HTTP_PORT and MILLRACE_HOST as it has them, or stop it: then this command works on the log itself.`,
      { cause },
    );
  });
  const answer = (await response.json().catch(() => ({}))) as { readonly detail?: string };
  if (response.ok) return answer as Answer;
  const isOurs = response.status === 400 || response.status === 404;
  throw new MillraceError(
    isOurs ? 'INPUT_INVALID' : 'DATA_DIR_IN_USE',
    `The dashboard at ${url}, which has the log, refuses this: ${answer.detail ?? `It answered ${response.status}.`}`,
  );
}
