import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../core/config/settings.ts';
import { noLog } from '../../core/log/sqlite/open-database.ts';

/**
 * A data folder that nothing has ever run on (a slip of the pen, as a rule) would list no dead letters, as if all
 * were well, and a replay would make it. Where the letters are in the folder, throws `LOG_UNAVAILABLE` instead.
 */
export function requireLog({ kafka, postgresUrl, dataDir }: Settings): void {
  if (kafka !== undefined || postgresUrl !== undefined) return;
  const file = join(dataDir, 'log.db');
  if (!existsSync(file)) throw noLog(file);
}
