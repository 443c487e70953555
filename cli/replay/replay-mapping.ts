import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseSpanMs, spanExpected } from '../../core/config/span.ts';
import { MillraceError } from '../../core/errors.ts';

const zone = z.string().optional();
const span = z.string().transform((text, context) => {
  const spanMs = parseSpanMs(text);
  if (spanMs !== undefined) return spanMs;
  context.addIssue({ code: 'custom', message: `expected ${spanExpected}; came "${text}"` });
  return z.NEVER;
});

/** How rows become packets: the file that `--mapping` names, as JSON. */
const mappingSchema = z.strictObject({
  /** Filled from columns: `city/segments/{REPORT_ID}`. */
  topic: z.string().min(1),
  /**
   * Where a row's time stands, or, for rows without one, when the first was and how far they are apart.
   * `zone` for local times: an IANA name; UTC when absent. `unit` for numbers: s or ms.
   */
  time: z
    .union([
      z.strictObject({ column: z.string(), zone, unit: z.enum(['s', 'ms']).optional() }),
      z.strictObject({ start: z.string(), every: span, zone }),
    ])
    .optional(),
  /** For tables with a column for each entity: the column's name and its value become these two. */
  columns: z.strictObject({ name: z.string(), value: z.string() }).optional(),
  /** Field of the payload -> column. All columns under their own names when absent. */
  payload: z.record(z.string(), z.string()).optional(),
  /** The payload's field for the time, ms since 1970; `ts` when absent. */
  timeField: z.string().optional(),
  /** `5m`: rows that share a time are spread evenly over this span instead of leaving all at once. */
  spread: span.optional(),
});

/** Spans are in ms here. */
export type ReplayMapping = z.infer<typeof mappingSchema>;

/** Rejects with `INPUT_INVALID`, each fault with its place. */
export async function readReplayMapping(file: string): Promise<ReplayMapping> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new MillraceError('INPUT_INVALID', `The mapping ${file} could not be read as JSON.`, {
      cause,
    });
  }
  const checked = mappingSchema.safeParse(json);
  if (checked.success) return checked.data;
  const faults = checked.error.issues.map(
    (issue) => `\n  ${issue.path.join('.') || '(the whole)'}: ${issue.message}`,
  );
  throw new MillraceError('INPUT_INVALID', `The mapping ${file} has faults:${faults.join('')}`);
}
