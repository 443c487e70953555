import { counted } from '../counted.ts';
import type { TriedDeadLetter, TriedPart } from '../sample/try-sample.ts';

interface Page {
  /** What its format set aside. */
  readonly filtered: number;
  readonly hasMore: boolean;
}

const shownReasons = 5;

/** For people: how many readings a page makes, and what of it would be set aside, each reason with its first sentence. */
export function describePage(
  parts: readonly TriedPart[],
  { filtered, hasMore }: Page,
): { readonly sentence: string; readonly isWell: boolean } {
  const dead: TriedDeadLetter[] = [];
  let [readings, repeated, byRule] = [0, 0, 0];
  for (const part of parts) {
    if (part.kind === 'reading') readings++;
    else if (part.kind === 'repeated') repeated++;
    else if (part.kind === 'filteredByRule') byRule++;
    else dead.push(part);
  }
  const found = [
    `a page with ${counted(readings, 'reading')}`,
    `${filtered + byRule} filtered`,
    ...(repeated > 0 ? [`${repeated} repeated`] : []),
    ...(hasMore ? ['and there are more pages'] : []),
  ];
  if (dead.length === 0) return { sentence: found.join(', '), isWell: true };
  const [page = '', ...others] = found;
  const letters = counted(dead.length, 'dead letter');
  const sentence = `${[page, letters, ...others].join(', ')}: ${describeReasons(dead)}`;
  return { sentence, isWell: false };
}

function describeReasons(dead: readonly TriedDeadLetter[]): string {
  const reasons = Map.groupBy(dead, ({ reason, stage }) => `${reason} (${stage})`);
  const shown = [...reasons].slice(0, shownReasons).map(([reason, letters]) => {
    const count = letters.length === 1 ? reason : `${letters.length} times ${reason}`;
    return `${count}: ${letters[0]?.detail}`;
  });
  const more = reasons.size - shown.length;
  return [...shown, ...(more > 0 ? [`and ${counted(more, 'further reason')}.`] : [])].join(' ');
}
