import type { MutualTlsCheck } from '../../../core/config/verify-declaration.ts';
import { failure } from './failures.ts';
import type { Check, PeerCertificate } from './verdict.ts';

/** A certificate that an authority of ours has signed, with one of the names or fingerprints where some are given. */
export function mutualTls({ names = [], fingerprints = [] }: MutualTlsCheck): Check {
  const known = new Set(fingerprints.map(bareFingerprint));
  return ({ peerCertificate }) => {
    if (peerCertificate === undefined)
      return failure(
        'certificate-missing',
        "No client's certificate came; expected one over TLS, at this server itself.",
      );
    if (!peerCertificate.authorized)
      return failure(
        'certificate-wrong',
        "The client's certificate is expired, or not signed by an authority of MILLRACE_WEBHOOK_TLS_CLIENT_CA.",
      );
    if (names.length === 0 && known.size === 0) return undefined;
    const isKnown =
      known.has(bareFingerprint(peerCertificate.fingerprint256 ?? '')) ||
      namesOf(peerCertificate).some((name) => names.includes(name));
    return isKnown
      ? undefined
      : failure('certificate-wrong', "The client's certificate is none of those declared.");
  };
}

const bareFingerprint = (text: string) => text.replaceAll(':', '').toUpperCase();

/**
 * `CN=...` of the subject and each alternative name. Node puts a name in quotes when it holds a comma, a quote or the
 * like, as one does that pretends to be two: these count as no name. Several common names are ambiguous: none counts.
 */
function namesOf({ subject, subjectaltname = '' }: PeerCertificate): readonly string[] {
  const commonNames = typeof subject?.CN === 'string' ? [`CN=${subject.CN}`] : [];
  const isPlain = !subjectaltname.includes('"');
  const alternatives = isPlain ? subjectaltname.split(', ') : [];
  return [...commonNames, ...alternatives];
}
