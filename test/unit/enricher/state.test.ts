import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadMemory, saveMemory } from '../../../services/enricher/load-memory.ts';
import { packTexts, unpackTexts } from '../../../services/enricher/pack-texts.ts';
import { makeReading } from '../../support/make-reading.ts';
import { MapState } from '../../support/map-state.ts';

const at = 1_700_000_000_000_000;

/** Notes what is asked of a state, beside keeping it. */
class NotingState extends MapState {
  readonly loads: string[][] = [];
  readonly expiries = new Map<string, number | undefined>();

  override async load(keys: readonly string[]): Promise<void> {
    this.loads.push([...keys]);
    await super.load(keys);
  }

  override put(key: string, value: Uint8Array | null, expiresAtMs?: number): void {
    this.expiries.set(key, expiresAtMs);
    super.put(key, value);
  }
}

const arrival = (observedAt: number) => {
  const reading = makeReading({ entityId: '1', observedAt, eventId: `e${observedAt - at}` });
  const record = { offset: 0, key: 'bus/1', value: null, timestampMs: 0 };
  return { record, decoded: { kind: 'ok' as const, reading } };
};

test('a reading newer than its entity needs no look-up of its own, a late one or one of the same time does', async () => {
  const entries = new Map<string, Buffer>();
  const first = await loadMemory(new MapState(entries), [arrival(at)]);
  first.passOn('bus/1', makeReading({ observedAt: at }), first.past('bus/1', at));
  saveMemory(new MapState(entries), first, undefined);

  const inOrder = new NotingState(entries);
  await loadMemory(inOrder, [arrival(at + 1), arrival(at + 2)]);
  assert.deepEqual(inOrder.loads, [['ebus/1']]);

  const late = new NotingState(entries);
  const memory = await loadMemory(late, [arrival(at + 1), arrival(at), arrival(at - 5)]);
  assert.deepEqual(late.loads, [['ebus/1'], [`mbus/1@${at}`, `mbus/1@${at - 5}`]]);
  assert.deepEqual(memory.past('bus/1', at).ids, ['event-1']);
  assert.deepEqual(memory.past('bus/1', at - 5).ids, []);
});

test('a summary expires no earlier than any of its moments, also when only a late reading came', async () => {
  const state = new NotingState(new Map());
  for (const [observedAt, expiresAtMs] of [
    [at, 1000],
    [at - 1, 2000],
  ] as const) {
    const memory = await loadMemory(state, [arrival(observedAt)]);
    const reading = makeReading({ observedAt });
    memory.passOn('bus/1', reading, memory.past('bus/1', observedAt));
    saveMemory(state, memory, expiresAtMs);
  }
  assert.deepEqual(Object.fromEntries(state.expiries), {
    'ebus/1': 2000,
    [`mbus/1@${at}`]: 1000,
    [`mbus/1@${at - 1}`]: 2000,
  });
});

test('a reading that is not passed on leaves nothing behind', async () => {
  const state = new NotingState(new Map());
  saveMemory(state, await loadMemory(state, [arrival(at)]), undefined);
  assert.equal(state.expiries.size, 0);
});

test('any texts come back as they were packed', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
      assert.deepEqual(unpackTexts(packTexts(texts)), texts);
    }),
  );
});
