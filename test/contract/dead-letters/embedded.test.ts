import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe } from 'node:test';
import { startReplayRoom } from '../../support/start-replay-room.ts';
import { replayContract } from './replay-contract.ts';

describe('replays on the embedded log and store', () => {
  replayContract({
    open: (pipeline) => startReplayRoom(pipeline),
    refuse: async ({ folder }, entityId) => {
      const run = async (sql: string) => {
        const db = new DatabaseSync(join(folder, 'store.db'), { timeout: 5000 });
        db.exec(sql);
        db.close();
      };
      // A trigger takes no parameters; ids of tests hold no quote.
      await run(`CREATE TRIGGER refuse_entity BEFORE INSERT ON history
        WHEN (SELECT key FROM entities WHERE id = NEW.entity) = '${entityId}'
        BEGIN SELECT RAISE(ABORT, 'refused here'); END`);
      return () => run('DROP TRIGGER refuse_entity');
    },
  });
});
