import { describe } from 'node:test';
import { makeDatabase, type TestDatabase } from '../../support/postgres-database.ts';
import { withoutEngine } from '../../support/require-stack.ts';
import { startKafka } from '../../support/servers/start-kafka.ts';
import { type ReplayRoom, startReplayRoom } from '../../support/start-replay-room.ts';
import { replayContract } from './replay-contract.ts';

const databases = new WeakMap<ReplayRoom, TestDatabase>();

describe('replays on Kafka and Postgres', { skip: withoutEngine() }, () => {
  replayContract({
    open: async (pipeline) => {
      const { brokers } = await startKafka();
      const database = await makeDatabase();
      const room = await startReplayRoom(pipeline, { kafka: brokers, postgresUrl: database.url });
      const close = async () => {
        await room.close();
        await database.remove();
      };
      const opened = { ...room, close };
      databases.set(opened, database);
      return opened;
    },
    refuse: async (room, entityId) => {
      const query = (sql: string) => databases.get(room)?.query(sql);
      await query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RAISE check_violation USING MESSAGE = ''refused here''; END'`);
      // A trigger takes no parameters; ids of tests hold no quote.
      await query(`CREATE TRIGGER refuse BEFORE INSERT ON millrace.entities
        FOR EACH ROW WHEN (NEW.entity_id = '${entityId}') EXECUTE FUNCTION refuse()`);
      return async () => {
        await query('DROP TRIGGER refuse ON millrace.entities');
      };
    },
  });
});
