import type { DeadLetter } from '../../core/dead-letter.ts';
import { type DeadLetterMark, parseMark } from '../../core/dead-letters/dead-letter-mark.ts';
import type { LogRecord } from '../../core/log/event-log.ts';
import { BinaryArray, integerArray, textArray } from './binary-array.ts';
import { storableId, withoutNul } from './storable-letter.ts';

/** A statement can't write one row twice. In the order of ids, as every transaction writes them. */
export function newestById(letters: readonly DeadLetter[]): DeadLetter[] {
  const byId = new Map<string, DeadLetter>();
  for (const letter of letters) {
    const known = byId.get(letter.id);
    if (known === undefined || known.deadAt < letter.deadAt) byId.set(letter.id, letter);
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The newest mark of each letter: a statement can't write one row twice. In the order of ids. */
export function newestMarks(records: readonly LogRecord[]): DeadLetterMark[] {
  const byId = new Map<string, DeadLetterMark>();
  for (const { value } of records) {
    const mark = parseMark(value);
    if (mark === undefined) continue;
    const id = storableId(mark.id);
    const known = byId.get(id);
    const isNewer =
      known === undefined ||
      mark.deadAt > known.deadAt ||
      (mark.deadAt === known.deadAt && mark.at > known.at);
    if (isNewer) byId.set(id, { ...mark, id });
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function markArrays(marks: readonly DeadLetterMark[]): Buffer[] {
  const times = (of: (mark: DeadLetterMark) => number) => {
    const array = new BinaryArray('timestamptz');
    for (const mark of marks) array.addInteger(of(mark));
    return array.finish();
  };
  return [
    textArray(marks.map(({ id }) => id)),
    textArray(marks.map(({ state }) => state)),
    times(({ deadAt }) => deadAt),
    times(({ at }) => at),
    textArray(marks.map(({ action }) => withoutNul(action))),
    textArray(marks.map(({ reason }) => withoutNul(reason))),
  ];
}

export function letterArrays(letters: readonly DeadLetter[]): unknown[] {
  const texts = (of: (letter: DeadLetter) => string | null) => {
    const array = new BinaryArray('text');
    for (const letter of letters) array.addText(of(letter));
    return array.finish();
  };
  const times = (of: (letter: DeadLetter) => number) => {
    const array = new BinaryArray('timestamptz');
    for (const letter of letters) array.addInteger(of(letter));
    return array.finish();
  };
  const bytes = new BinaryArray('bytea');
  for (const letter of letters) bytes.addBytes(letter.bytes);
  return [
    texts(({ id }) => id),
    texts(({ source }) => source),
    texts(({ stage }) => stage),
    texts(({ reason }) => reason),
    texts(({ detail }) => detail),
    texts(({ place }) => place),
    texts(({ topic }) => topic),
    texts(({ contentType }) => contentType),
    bytes.finish(),
    integerArray(letters.map(({ totalBytes }) => totalBytes)),
    texts(({ sha256 }) => sha256),
    texts(({ eventId }) => eventId),
    times(({ receivedAt }) => receivedAt),
    times(({ deadAt }) => deadAt),
    letters.map(({ part }) => part),
    letters.map(({ parts }) => parts),
  ];
}
