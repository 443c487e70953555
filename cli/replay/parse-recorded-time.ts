import { Temporal } from 'temporal-polyfill';

export interface TimeForm {
  /** IANA name for times without an offset; UTC when absent. */
  readonly zone?: string | undefined;
  /** Of numbers; ms when absent. */
  readonly unit?: 's' | 'ms' | undefined;
}

/**
 * Milliseconds since 1970, or undefined when the text is no time. Numbers are epochs, a text with an offset is RFC 3339,
 * one without is local time of the zone (the doubled hour of autumn: its first half).
 */
export function parseRecordedTime(text: string, form: TimeForm): number | undefined {
  if (text === '') return undefined;
  const epoch = Number(text);
  if (Number.isFinite(epoch)) return form.unit === 's' ? epoch * 1000 : epoch;
  if (/(?:Z|[+-]\d\d:?\d\d)$/.test(text.slice(10))) return finite(Date.parse(text));
  if (form.zone === undefined || form.zone === 'UTC')
    return finite(Date.parse(`${text.replace(' ', 'T')}Z`));
  try {
    return Temporal.PlainDateTime.from(text.replace(' ', 'T')).toZonedDateTime(form.zone)
      .epochMilliseconds;
  } catch {
    return undefined;
  }
}

function finite(ms: number): number | undefined {
  return Number.isNaN(ms) ? undefined : ms;
}
