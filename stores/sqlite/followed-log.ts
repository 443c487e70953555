import type { DatabaseSync } from 'node:sqlite';

/**
 * Ties the store to the log that its offsets belong to. When it followed another one, offsets and counts begin
 * anew; the rows stay, since repeats are harmless.
 */
export function followLog(db: DatabaseSync, logId: string): void {
  const followed = db.prepare("SELECT value FROM meta WHERE name = 'log'").get()?.value;
  if (followed === logId) return;
  db.exec('BEGIN IMMEDIATE');
  if (followed !== undefined)
    db.exec('DELETE FROM offsets; DELETE FROM counts; DELETE FROM ingress_counts;');
  db.prepare("INSERT OR REPLACE INTO meta VALUES ('log', ?)").run(logId);
  db.exec('COMMIT');
}
