import * as oauth from 'oauth4webapi';
import type { PollAuth } from '../../core/config/poll-declaration.ts';
import { secretText } from '../../core/config/secret.ts';
import { boundedFetch, type FetchBounds, FetchFailure, whereOf } from './bounded-fetch.ts';

type OAuth2 = Extract<PollAuth, { type: 'oauth2' }>;

interface Token {
  readonly text: string;
  /** Ask for another from then on. */
  readonly staleAtMs: number;
}

/** A token is renewed so long before its end, or when a tenth of its time is left. */
const renewBeforeMs = 60_000;
/** Of one whose end the server doesn't tell (RFC 6749, 5.1: expires_in is recommended only). */
const untoldMs = 30 * 60_000;
const maxTokenAnswerBytes = 1_000_000;

/**
 * The tokens of this process, in memory only. Sources with the same client at the same server share one, and however
 * many want it at once, it is asked for once.
 */
export class OAuthTokens {
  readonly #nowMs: () => number;
  readonly #tokens = new Map<string, Token>();
  readonly #asked = new Map<string, Promise<Token>>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Rejects with a `FetchFailure`, or the signal's reason. */
  async token(auth: OAuth2, bounds: Omit<FetchBounds, 'maxBodyBytes' | 'otherHosts'>) {
    const key = keyOf(auth);
    const known = this.#tokens.get(key);
    if (known !== undefined && this.#nowMs() < known.staleAtMs) return known.text;
    let asking = this.#asked.get(key);
    if (asking === undefined) {
      asking = this.#ask(auth, bounds).finally(() => this.#asked.delete(key));
      this.#asked.set(key, asking);
    }
    const token = await asking;
    this.#tokens.set(key, token);
    return token.text;
  }

  /** The provider refused it: the next who wants a token gets another. One that has come since stays. */
  forget(auth: OAuth2, text: string): void {
    const key = keyOf(auth);
    if (this.#tokens.get(key)?.text === text) this.#tokens.delete(key);
  }

  async #ask(
    auth: OAuth2,
    bounds: Omit<FetchBounds, 'maxBodyBytes' | 'otherHosts'>,
  ): Promise<Token> {
    const url = new URL(auth.tokenUrl);
    const server = { issuer: url.origin, token_endpoint: auth.tokenUrl };
    const client = { client_id: secretText(auth.clientId) };
    const secret = secretText(auth.clientSecret);
    const proof = auth.clientAuth === 'post' ? oauth.ClientSecretPost(secret) : basicProof(secret);
    const parameters = { ...auth.parameters, ...(auth.scope && { scope: auth.scope }) };
    const askedAtMs = this.#nowMs();
    try {
      const response = await oauth.clientCredentialsGrantRequest(
        server,
        client,
        proof,
        parameters,
        {
          // Whether plain http is right is said at the start.
          [oauth.allowInsecureRequests]: true,
          [oauth.customFetch]: (address, { body, headers }) =>
            fetchToken(address, { body: body?.toString(), headers, bounds }),
        },
      );
      const { access_token: text, expires_in: seconds } =
        await oauth.processClientCredentialsResponse(server, client, response);
      return { text, staleAtMs: askedAtMs + usableMs(seconds) };
    } catch (error) {
      bounds.signal.throwIfAborted();
      throw error instanceof FetchFailure ? error : new FetchFailure(refusal(url, error));
    }
  }
}

/**
 * RFC 6749 (2.3.1) has both form-encoded. The library encodes `-` and `_` too, which servers that decode take and
 * those that don't refuse: what may stand as it is, stands as it is.
 */
function basicProof(secret: string): oauth.ClientAuth {
  return (_server, client, _body, headers) => {
    const pair = `${encodeURIComponent(client.client_id)}:${encodeURIComponent(secret)}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  };
}

function usableMs(seconds: number | undefined): number {
  if (seconds === undefined) return untoldMs;
  const lastsMs = seconds * 1000;
  return Math.max(lastsMs - renewBeforeMs, lastsMs * 0.9);
}

async function fetchToken(
  address: string,
  request: {
    readonly body: string | undefined;
    readonly headers: Record<string, string>;
    readonly bounds: Omit<FetchBounds, 'maxBodyBytes' | 'otherHosts'>;
  },
): Promise<Response> {
  const { body, headers, bounds } = request;
  const answer = await boundedFetch(
    { method: 'POST', url: new URL(address), headers, body },
    { ...bounds, maxBodyBytes: maxTokenAnswerBytes, otherHosts: new Set() },
  );
  return new Response(new Uint8Array(answer.body), {
    status: answer.status,
    headers: { 'content-type': answer.headers.get('content-type') ?? '' },
  });
}

/** What a server says of a refusal is of RFC 6749, 5.2; nothing else of its answer is shown. */
function refusal(url: URL, error: unknown): string {
  const where = `The token server ${whereOf(url)}`;
  if (error instanceof oauth.ResponseBodyError)
    return `${where} refuses: ${error.error} (${error.status}). Check clientId, clientSecret and scope.`;
  return `${where} gave an answer that is no token${error instanceof Error ? `: ${error.message}` : ''}.`;
}

function keyOf({
  tokenUrl,
  clientId,
  clientSecret,
  scope,
  parameters,
  clientAuth,
}: OAuth2): string {
  const secrets = [secretText(clientId), secretText(clientSecret)];
  return JSON.stringify([tokenUrl, ...secrets, scope, parameters, clientAuth]);
}
