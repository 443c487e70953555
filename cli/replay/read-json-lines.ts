import { MillraceError } from '../../core/errors.ts';
import { parseRecordedTime } from './parse-recorded-time.ts';
import { readLines } from './read-lines.ts';
import type { RecordedPacket, Recording } from './recording.ts';
import type { ReplayMapping } from './replay-mapping.ts';
import { type NumberedRow, type Row, rowsToPackets } from './rows-to-packets.ts';

/**
 * A JSON object a line. With a mapping each is a row, as of a CSV file. Without one each is a whole packet:
 * `{"topic": ..., "payload": ..., "time": ...}`, the payload an object or a text, the time (RFC 3339 or ms) not needed.
 */
export function readJsonLines(file: string, mapping: ReplayMapping | undefined): Recording {
  if (mapping) return { file, packets: () => rowsToPackets(readObjects(file), mapping) };
  return {
    file,
    async *packets() {
      for await (const { row, place } of readObjects(file)) yield wholePacket(row, place);
    },
  };
}

async function* readObjects(file: string): AsyncGenerator<NumberedRow> {
  for await (const { line, number } of readLines(file)) {
    const place = `line ${number} of ${file}`;
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch (cause) {
      throw new MillraceError('INPUT_INVALID', `There is no JSON in ${place}.`, { cause });
    }
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw new MillraceError('INPUT_INVALID', `There should be a JSON object in ${place}.`);
    yield { row: row as Row, place };
  }
}

function wholePacket({ topic, payload, time }: Row, place: string): RecordedPacket {
  if (typeof topic !== 'string' || payload === undefined)
    throw new MillraceError(
      'INPUT_INVALID',
      `The object in ${place} should have "topic" and "payload". For lines that are payloads give --topic or --mapping.`,
    );
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const timeMs = time === undefined ? undefined : parseRecordedTime(String(time), {});
  // Where a payload of a form of its own keeps its time is not known here: it stays as it was.
  return { timeMs, topic, payload: () => text };
}
