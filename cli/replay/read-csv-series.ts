import { parse } from 'csv-parse';
import { isMillraceError } from '../../core/errors.ts';
import { openInput, unreadable } from './read-lines.ts';
import type { Recording } from './recording.ts';
import type { ReplayMapping } from './replay-mapping.ts';
import { type NumberedRow, rowsToPackets } from './rows-to-packets.ts';

/** A CSV file with a header: each row, or with `mapping.columns` each cell, is a packet. */
export function readCsvSeries(file: string, mapping: ReplayMapping): Recording {
  return { file, packets: () => rowsToPackets(readRows(file), mapping) };
}

async function* readRows(file: string): AsyncGenerator<NumberedRow> {
  const input = openInput(file);
  const rows = parse({ columns: true, bom: true, skip_empty_lines: true });
  input.on('error', (error) => rows.destroy(error));
  let line = 1;
  try {
    for await (const row of input.pipe(rows)) {
      line++;
      yield { row, place: `line ${line} of ${file}` };
    }
  } catch (error) {
    throw isMillraceError(error) ? error : unreadable(file, error);
  } finally {
    input.destroy();
  }
}
