import { createHmac } from 'node:crypto';
import { sameSecret } from './access-policy.ts';

const cookieName = 'millrace_session';
/** A control room leaves the page open; after this it asks for the token again. */
export const sessionSeconds = 30 * 24 * 3600;

/**
 * A `Set-Cookie` that stands for the token without holding it: the time it ends, signed with the token. Every instance
 * that has the token knows it again, nothing is kept, and a new token ends all sessions.
 */
export function sessionCookie(token: string, nowMs: number): string {
  const endsAtMs = String(nowMs + sessionSeconds * 1000);
  const value = `${endsAtMs}.${sign(token, endsAtMs)}`;
  return `${cookieName}=${value}; Path=/; Max-Age=${sessionSeconds}; HttpOnly; SameSite=Strict`;
}

/** Whether the request's `Cookie` header holds a session of this token that has not ended. */
export function hasSession(cookieHeader: string | undefined, token: string, nowMs: number) {
  return (cookieHeader ?? '').split(';').some((pair) => {
    const [name, value = ''] = pair.trim().split('=', 2);
    const [endsAtMs = '', signature = ''] = value.split('.', 2);
    return (
      name === cookieName &&
      /^\d{1,15}$/.test(endsAtMs) &&
      Number(endsAtMs) > nowMs &&
      sameSecret(signature, sign(token, endsAtMs))
    );
  });
}

function sign(token: string, endsAtMs: string): string {
  return createHmac('sha256', token)
    .update(`millrace session until ${endsAtMs}`)
    .digest('base64url');
}
