import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkName } from './check-sources.ts';
import type { FaultList } from './fault-list.ts';
import { registerSchema } from './pipeline-schema.ts';

/** Each register's file must be there, readable, and of a kind that its ending tells. */
export function checkRegisters(
  registers: Readonly<Record<string, unknown>>,
  folder: string,
  list: FaultList,
): void {
  for (const [name, declaration] of Object.entries(registers)) {
    const path = ['registers', name];
    checkName(path, name, list);
    const register = list.parse(path, registerSchema, declaration);
    if (register === undefined) continue;
    if (!/\.(json|csv)(\.gz)?$/.test(register.file))
      list.add(
        [...path, 'file'],
        'a name that ends in .json, .csv, .json.gz or .csv.gz',
        register.file,
      );
    checkFile([...path, 'file'], register.file, folder, list);
  }
}

/** Files that are named relative to the configuration's folder. */
function checkFile(
  path: readonly PropertyKey[],
  file: string,
  folder: string,
  list: FaultList,
): void {
  const full = resolve(folder, file);
  try {
    accessSync(full, constants.R_OK);
    if (statSync(full).isDirectory()) list.add(path, 'a file', `${file} (a folder)`);
  } catch {
    list.add(path, `a file that can be read, from ${folder}`, file);
  }
}
