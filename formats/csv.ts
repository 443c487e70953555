import { FaultList } from '../core/config/fault-list.ts';
import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
import type { DeadLetterOutcome } from '../core/outcome.ts';
import { type CsvFormatDeclaration, csvPart } from './csv/declaration.ts';
import { type Row, splitRows } from './csv/split-rows.ts';
import { compileMapping, type Mapping } from './json/compile-mapping.ts';
import { decodePart, maxParts, tooManyParts } from './json/decode-parts.ts';
import { describeFields } from './json/mapping-format.ts';
import { toJsonNumber } from './json/number-notation.ts';
import { deadLetter } from './json/part.ts';
import { payloadText } from './json/payload-text.ts';
import { maxValues } from './json/to-parsed-value.ts';

export type { CsvFormatDeclaration } from './csv/declaration.ts';

/** More are no table, and an object of each row would be slow. */
const maxColumns = 2000;

/**
 * CSV by the mapping of `json`: each row is a part, and a bad one a dead letter of its own. Cells are texts; a field
 * that declares no kind is of kind number. An empty cell is null.
 */
export function csv<const Topic extends string = never>(
  declaration: CsvFormatDeclaration<Topic>,
): Format {
  const { columns, delimiter = ',', decimal = '.', ...rest } = declaration ?? {};
  const faults = new FaultList();
  if (declaration !== undefined) faults.parse([], csvPart, { columns, delimiter, decimal });
  const options = {
    toJsonNumber: (text: string) => toJsonNumber(text, decimal),
    defaultKind: 'number',
  } as const;
  const mapping = compileMapping(declaration === undefined ? declaration : rest, options);
  const table: Table = { mapping, delimiter, columns };
  return {
    name: declaration?.name ?? 'csv',
    contentType: 'text/csv',
    isMapping: true,
    ...(mapping.topic === undefined ? {} : { topics: [mapping.topic.filter] }),
    ...describeFields(rest, mapping, options.defaultKind),
    faults: [...faults.faults, ...mapping.faults],
    decode: (input) => decode(table, input),
  };
}

interface Table {
  readonly mapping: Mapping;
  readonly delimiter: string;
  readonly columns: readonly string[] | undefined;
}

function decode(table: Table, { topic, payload }: FormatInput): readonly FormatOutcome[] {
  const { mapping, delimiter } = table;
  const texts = mapping.topic === undefined ? [] : mapping.topic.match(topic);
  if (texts === undefined)
    return [
      deadLetter('topic-mismatch', `Expected a topic as ${mapping.topic?.filter}; came ${topic}.`),
    ];
  const text = payloadText(payload, 'CSV');
  if (typeof text !== 'string') return [text];
  const rows = splitRows(text, { delimiter, maxRows: maxParts + 1 });
  const columns = table.columns ?? header(rows[0]);
  if ('kind' in columns) return [columns];
  const parts = table.columns === undefined ? rows.slice(1) : rows;
  if (parts.length > maxParts) return [tooManyParts()];
  if (parts.length * columns.length > maxValues)
    return [deadLetter('payload-too-large', `The payload has more than ${maxValues} cells.`)];
  if (parts.length === 0) return [{ kind: 'drop', reason: 'not-a-reading' }];
  return parts.map((row) => decodeRow(mapping, row, columns, texts));
}

function header(row: Row | undefined): readonly string[] | DeadLetterOutcome {
  if (row === undefined) return malformed('a line with the names of the columns', 'blank lines');
  if ('fault' in row) return malformed('a line with the names of the columns', row.fault);
  const names = row.cells.map((name) => name.trim());
  // Else the rows behind it would be part of a name, and nobody would hear of them.
  if (names.some((name) => name.includes('\r')))
    return malformed('lines that end with a line feed', 'a carriage return alone');
  if (names.length > maxColumns)
    return malformed(`${maxColumns} columns at most`, `${names.length}`);
  const doubled = names.find((name, index) => names.indexOf(name) < index && name !== '');
  if (doubled !== undefined) return malformed('each column once', `${doubled} twice`);
  return names;
}

const malformed = (expected: string, came: string) =>
  deadLetter('payload-malformed', `Expected ${expected}; came ${came}.`, 'line 1');

function decodeRow(
  mapping: Mapping,
  row: Row,
  columns: readonly string[],
  topicTexts: readonly string[],
): FormatOutcome {
  const place = `line ${row.line}`;
  if ('fault' in row)
    return deadLetter('payload-malformed', `Expected a row; ${row.fault}.`, place);
  const { cells } = row;
  if (cells.length !== columns.length)
    return deadLetter(
      'payload-malformed',
      `Expected ${columns.length} columns; came ${cells.length}.`,
      place,
    );
  const value: Record<string, string | null> = {};
  for (let index = 0; index < columns.length; index++)
    value[columns[index] ?? ''] = cells[index] || null;
  return decodePart(mapping, { value, root: value, numberTexts: undefined, topicTexts, place });
}
