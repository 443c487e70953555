import type { Pipeline } from '../../../core/config/pipeline.ts';

/**
 * What every answer carries. MapLibre starts its worker from a blob; a map style of the configuration names hosts
 * that can't be known here, so it opens the page to requests by https.
 */
export function securityHeaders(pipeline: Pick<Pipeline, 'map'>): Readonly<Record<string, string>> {
  const outside = pipeline.map?.styleUrl === undefined ? '' : ' https:';
  const policy = [
    "default-src 'self'",
    "script-src 'self'",
    "worker-src 'self' blob:",
    "child-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    `img-src 'self' data: blob:${outside}`,
    `connect-src 'self'${outside}`,
    "font-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}
