import { X509Certificate } from 'node:crypto';
import { createSecureContext, type TlsOptions as NodeTlsOptions } from 'node:tls';
import type { Settings } from '../../core/config/settings.ts';
import { MillraceError } from '../../core/errors.ts';

export type WebhookTls = NonNullable<Settings['webhookTls']>;

/** What an HTTPS server is made with. Throws `SETTING_INVALID` when certificate and key can't be used together. */
export function secureOptions({ cert, key, clientCa }: WebhookTls): NodeTlsOptions {
  refuseUnusable(
    () => createSecureContext({ cert, key }),
    'MILLRACE_WEBHOOK_TLS_CERT and MILLRACE_WEBHOOK_TLS_KEY',
    'a certificate with those that it is signed by, and the key that belongs to it, without a passphrase',
  );
  // A context passes over an authority that it can't read, and then trusts nobody.
  refuseUnusable(
    () => clientCa && new X509Certificate(clientCa),
    'MILLRACE_WEBHOOK_TLS_CLIENT_CA',
    "the certificates of those who sign the senders'",
  );
  return {
    cert,
    key,
    minVersion: 'TLSv1.2',
    // Whether a sender must show a certificate its source says: without one it gets a 401 and no broken connection.
    ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
  };
}

function refuseUnusable(use: () => unknown, settings: string, expected: string): void {
  try {
    use();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MillraceError(
      'SETTING_INVALID',
      `${settings} cannot be used for TLS (${reason}). Expected PEM: ${expected}.`,
      { cause: error },
    );
  }
}
