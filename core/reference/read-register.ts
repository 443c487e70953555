import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import type { RegisterDeclaration } from '../config/pipeline.ts';
import { MillraceError } from '../errors.ts';
import type { RegisterEntry } from '../model.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * The entries of a register from its file. Plain fields of a row go by their type (numbers, flags, texts; of CSV all
 * are texts); what `entry` gives comes on top. Throws `INPUT_INVALID`, naming file and row.
 */
export async function readRegister(
  name: string,
  declaration: RegisterDeclaration,
  folder: string,
): Promise<readonly RegisterEntry[]> {
  const { file } = declaration;
  const rows = await readRows(file, isAbsolute(file) ? file : join(folder, file));
  const entries: RegisterEntry[] = [];
  rows.forEach((row, index) => {
    const where = `Row ${index + 1} of ${file} (register ${name})`;
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      throw new MillraceError('INPUT_INVALID', `${where} should be an object.`);
    }
    const entry = toEntry(name, declaration, row as Row, where);
    if (entry) entries.push(entry);
  });
  return entries;
}

async function readRows(file: string, path: string): Promise<readonly unknown[]> {
  try {
    const bytes = await readFile(path);
    const isPacked = file.endsWith('.gz');
    const text = (isPacked ? await promisify(gunzip)(bytes) : bytes).toString('utf8');
    const ending = isPacked ? file.slice(0, -'.gz'.length) : file;
    if (ending.endsWith('.csv')) {
      return parse(text, { columns: true, bom: true, skip_empty_lines: true });
    }
    const rows: unknown = JSON.parse(text);
    if (Array.isArray(rows)) return rows;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError('INPUT_INVALID', `The register ${file} cannot be read: ${reason}`, {
      cause,
    });
  }
  throw new MillraceError('INPUT_INVALID', `${file} should hold a JSON array of objects.`);
}

function toEntry(
  register: string,
  declaration: RegisterDeclaration,
  row: Row,
  where: string,
): RegisterEntry | undefined {
  const given = declaration.entry ? entryOf(declaration.entry, row, where) : {};
  if (given === undefined) return undefined;
  const numbers: Record<string, number> = {};
  const flags: Record<string, boolean> = {};
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(row)) {
    if (typeof value === 'number') numbers[name] = value;
    else if (typeof value === 'boolean') flags[name] = value;
    else if (typeof value === 'string') texts[name] = value;
  }
  const entry: RegisterEntry = {
    register,
    key: keyOf(declaration.key, row, where),
    numbers: { ...numbers, ...given.numbers },
    flags: { ...flags, ...given.flags },
    texts: { ...texts, ...given.texts },
    position: given.position ?? null,
    geometry: given.geometry ?? null,
  };
  for (const [name, value] of Object.entries(entry.numbers)) {
    if (!Number.isFinite(value)) {
      throw new MillraceError(
        'INPUT_INVALID',
        `${where}: ${name} should be finite; it is ${value}.`,
      );
    }
  }
  return entry;
}

function entryOf(entry: NonNullable<RegisterDeclaration['entry']>, row: Row, where: string) {
  try {
    return entry(row);
  } catch (cause) {
    throw new MillraceError('INPUT_INVALID', `${where}: its function threw: ${String(cause)}`, {
      cause,
    });
  }
}

function keyOf(template: string, row: Row, where: string): string {
  return template.replaceAll(/\{([^{}]+)\}/g, (_, field: string) => {
    const value = row[field];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw new MillraceError(
      'INPUT_INVALID',
      `${where}: the key ${template} needs a text or number ${field}; the row has ${Object.keys(row).join(', ') || 'nothing'}.`,
    );
  });
}
