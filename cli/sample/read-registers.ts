import type { Pipeline } from '../../core/config/pipeline.ts';
import type { RegisterEntry } from '../../core/model.ts';
import { readRegister } from '../../core/reference/read-register.ts';
import type { LookUp } from '../../services/enricher/steps/join-register.ts';

/** The registers of a configuration, from their files. Throws `INPUT_INVALID`, naming file and row. */
export async function readRegisters({ registers, folder }: Pipeline): Promise<LookUp> {
  const all = new Map<string, Map<string, RegisterEntry>>();
  for (const [name, declaration] of Object.entries(registers ?? {})) {
    const entries = await readRegister(name, declaration, folder);
    all.set(name, new Map(entries.map((entry) => [entry.key, entry])));
  }
  return (register, key) => all.get(register)?.get(key);
}
