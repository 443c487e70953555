import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitRows } from '../../../formats/csv/split-rows.ts';
import { csv } from '../../../formats/csv.ts';

const options = { delimiter: ',', maxRows: 1000 };

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

test('what was written with quotes is read as it was, whatever is in the cells', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ';', 'ä', ' ') });
  const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 });
  fc.assert(
    fc.property(rows, fc.constantFrom('\n', '\r\n'), (table, lineBreak) => {
      const text = table.map((cells) => cells.map(quoted).join(',')).join(lineBreak);
      const read = splitRows(text, options).map((row) => ('cells' in row ? row.cells : row.fault));
      assert.deepEqual(read, table);
    }),
  );
});

test('a row with a quote gone wrong is a fault of its line alone', () => {
  const text = 'a,b\n"c,d\ne,f\n"g"x,h\ni,"j"\n';
  assert.deepEqual(splitRows(text, options), [
    { line: 1, cells: ['a', 'b'] },
    { line: 2, fault: 'the quoted text of column 1 is followed by "g"' },
    { line: 3, cells: ['e', 'f'] },
    { line: 4, fault: 'the quoted text of column 1 is followed by "x"' },
    { line: 5, cells: ['i', 'j'] },
  ]);
  assert.deepEqual(splitRows('a,"b\nc', options), [
    { line: 1, fault: 'the quote that begins column 2 is not closed' },
    { line: 2, cells: ['c'] },
  ]);
});

test('blank lines are no rows, and a quote within a cell is part of it', () => {
  assert.deepEqual(splitRows('\n\r\na"b,c\r\n\n', options), [{ line: 3, cells: ['a"b', 'c'] }]);
  assert.deepEqual(splitRows('a"b,"c"', options), [{ line: 1, cells: ['a"b', 'c'] }]);
});

const meters = {
  entity: { type: 'meter', id: '{$.id}' },
  fields: { value: '$.value', note: { path: '$.note', kind: 'text' } },
} as const;

const decode = (format: ReturnType<typeof csv>, text: string) =>
  format.decode({ topic: 'x', payload: Buffer.from(text) });

test('columns may be named by the declaration, cells parted by a semicolon, numbers have a comma', () => {
  const format = csv({ ...meters, columns: ['id', 'value', 'note'], delimiter: ';', decimal: ',' });
  const outcomes = decode(format, 'm1;-1,50;a,b\nm2;1.000,5;c\n');
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.kind === 'ok' ? outcome.observation.numbers : outcome)),
    [
      { value: -1.5 },
      {
        kind: 'deadLetter',
        reason: 'type-mismatch',
        detail: 'Expected a number at $.value; came the text "1.000,5".',
        place: 'line 2.value',
      },
    ],
  );
});

test('a row with a cell too many or too few is a dead letter of its own', () => {
  const outcomes = decode(csv(meters), 'id,value,note\nm1,1,a\nm2,2\nm3,3,a,b\nm4,4,a');
  assert.deepEqual(
    outcomes.map((outcome) => ('detail' in outcome ? outcome.detail : outcome.kind)),
    ['ok', 'Expected 3 columns; came 2.', 'Expected 3 columns; came 4.', 'ok'],
  );
});

test('a field is of kind number unless it says otherwise, so that the model is compared with that', () => {
  assert.deepEqual(csv(meters).kinds, { meter: { value: 'number', note: 'text' } });
});

test('a payload whose head is no list of columns is one dead letter', () => {
  const detail = (text: string) => {
    const [outcome] = decode(csv(meters), text);
    return outcome !== undefined && 'detail' in outcome ? outcome.detail : outcome?.kind;
  };
  assert.match(`${detail('id,id\nm1,1')}`, /each column once; came id twice/);
  assert.match(`${detail('"id\nm1')}`, /not closed/);
  assert.match(`${detail('\n\n')}`, /blank lines/);
  assert.match(`${detail(','.repeat(3000))}`, /2000 columns at most; came 3001/);
  assert.equal(detail('id,value,note\n'), 'drop');
});

test('more rows, or cells, than are decoded are one dead letter', () => {
  const [rows] = decode(csv(meters), `id,value,note\n${'m,1,a\n'.repeat(20_001)}`);
  assert.ok(rows?.kind === 'deadLetter' && rows.reason === 'payload-too-large');
  assert.equal(decode(csv(meters), `id,value,note\n${'m,1,a\n'.repeat(20_000)}`).length, 20_000);
  const wide = `${Array.from({ length: 1000 }, (_, index) => `c${index}`).join(',')}\n`;
  const [cells] = decode(csv(meters), wide + `${','.repeat(999)}\n`.repeat(400));
  assert.ok(cells?.kind === 'deadLetter' && cells.reason === 'payload-too-large');
});

test('what is wrong with the declaration is told with its place', () => {
  const wrong = { ...meters, delimiter: ';;', decimal: '.', columns: ['a', 'a'] } as const;
  assert.deepEqual(
    csv(wrong).faults?.map(({ path }) => path),
    ['columns', 'delimiter'],
  );
  assert.deepEqual(
    csv({ ...meters, fields: { value: 'value' } }).faults?.map(({ path }) => path),
    ['fields.value'],
  );
  assert.ok((csv(undefined as never).faults?.length ?? 0) > 0);
});

test('lines that end with a carriage return alone are told of, and not taken for one long header', () => {
  const format = csv({
    entity: { type: 'thing', id: '{$.id}' },
    fields: { v: '$.v' },
  });
  const [outcome] = format.decode({ topic: 't', payload: Buffer.from('id,v\ra,1\rb,2\r') });
  assert.equal(outcome?.kind === 'deadLetter' && outcome.reason, 'payload-malformed');
});
