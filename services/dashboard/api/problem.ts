import type { FastifyError } from 'fastify';
import { isMillraceError } from '../../../core/errors.ts';
import type { ApiFault, ApiProblem } from '../api-types.ts';

const kinds = {
  'request-invalid': { status: 400, title: 'The request has faults.' },
  'token-missing': { status: 401, title: 'A token is asked for.' },
  'token-wrong': { status: 401, title: 'The token is not the right one.' },
  'origin-refused': { status: 403, title: 'The request comes from elsewhere.' },
  'not-found': { status: 404, title: 'There is no such thing here.' },
  'too-many-clients': { status: 503, title: 'The live feed has as many clients as it takes.' },
  unavailable: { status: 503, title: 'What is needed for the answer is away.' },
  'page-not-built': { status: 503, title: 'The page has not been built.' },
  internal: { status: 500, title: 'Something unexpected went wrong.' },
} as const;

export type ProblemKind = keyof typeof kinds;

/** What the API answers instead of what was asked for (RFC 9457). */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly status: number;
  readonly faults: readonly ApiFault[] | undefined;

  constructor(kind: ProblemKind, detail: string, faults?: readonly ApiFault[]) {
    super(detail);
    this.kind = kind;
    this.status = kinds[kind].status;
    this.faults = faults;
  }

  document(): ApiProblem {
    return {
      type: `urn:millrace:problem:${this.kind}`,
      title: kinds[this.kind].title,
      status: this.status,
      detail: this.message,
      ...(this.faults === undefined ? {} : { faults: this.faults }),
    };
  }
}

/** The faults of a request, with a `detail` that says them all. */
export function faultyRequest(faults: readonly ApiFault[]): Problem {
  const sentences = faults.map(
    ({ where, expected, came }) => `${where} should be ${expected}; it is ${came}.`,
  );
  return new Problem('request-invalid', sentences.join(' '), faults);
}

/** Any error as a document. Errors of ours and of the framework say what they are; what is unexpected stays inside. */
export function problemDocument(error: unknown): ApiProblem {
  if (error instanceof Problem) return error.document();
  if (isMillraceError(error)) {
    if (error.retryable) return new Problem('unavailable', error.message).document();
    if (error.code === 'INPUT_INVALID')
      return new Problem('request-invalid', error.message).document();
  }
  const status = (error as Partial<FastifyError>).statusCode;
  if (error instanceof Error && status !== undefined && status >= 400 && status < 500) {
    const { title } = kinds['request-invalid'];
    return { type: 'urn:millrace:problem:request-invalid', title, status, detail: error.message };
  }
  return new Problem(
    'internal',
    'The answer could not be made. What went wrong stands in the log under the event api.failed.',
  ).document();
}
