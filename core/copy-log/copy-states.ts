import { MillraceError } from '../errors.ts';
import type { TopicSpec } from '../log/event-log.ts';
import { bytesOf, type CopyRecord, maxWriteBytes } from '../log/kafka/copy/copy-target.ts';
import { toChangelogRecord } from '../log/kafka/state/changelog-entry.ts';
import type { LogExport, StateEntry, StateSpace } from '../log/sqlite/log-export.ts';
import type { CopyBook } from './copy-book.ts';
import type { CopyLogParts } from './copy-log.ts';

/** Changelogs of the groups that keep state: as many partitions as their input. */
function changelogSpecs(source: LogExport, specs: readonly TopicSpec[]): TopicSpec[] {
  const groups = new Set(source.spaces().map(({ group }) => group));
  return [...groups].map((group) => {
    const input = source.offsets().find((offset) => offset.group === group)?.topic;
    const partitions = specs.find(({ name }) => name === input)?.partitions;
    if (partitions === undefined)
      throw new MillraceError(
        'DATA_DAMAGED',
        `Group ${group} keeps state in the embedded log and should have read a topic of it; it has not.`,
      );
    return {
      name: `${group}-changelog`,
      partitions,
      cleanup: 'compact',
      retentionMs: null,
      retentionBytes: null,
    };
  });
}

/** Copies the state of steps into the changelogs, but for what has expired. Gives the number of entries. */
export async function copyStates(
  parts: CopyLogParts,
  book: CopyBook,
  specs: readonly TopicSpec[],
): Promise<number> {
  const { source, log } = parts;
  const changelogs = changelogSpecs(source, specs);
  if (changelogs.length > 0) await log.createTopics(changelogs);
  let entries = 0;
  for (const space of source.spaces()) entries += await copySpace(parts, book, space);
  return entries;
}

async function copySpace(
  { source, target, nowMs }: CopyLogParts,
  book: CopyBook,
  space: StateSpace,
): Promise<number> {
  const { group, partition, step, version } = space;
  const key = `${group}/${partition}/${step}/${version}`;
  const known = book.state(key);
  const afterKey = known && Buffer.from(known.afterKey, 'base64');
  let copied = 0;
  for (const entries of inWrites(source.entries(space, afterKey), nowMs())) {
    const records = entries.map(({ record }) => record);
    const last = entries.at(-1)?.entry.key ?? Buffer.alloc(0);
    const progress = { logId: source.logId, afterKey: last.toString('base64') };
    const write = { topic: target.names.changelog(group), partition, records };
    await target.commit([write], [book.place], () => [book.write(key, progress, nowMs())]);
    book.note(key, progress);
    copied += records.length;
  }
  return copied;

  function recordOf({ key: stateKey, value, expiresAtMs }: StateEntry): CopyRecord {
    const entry = { step, version, key: stateKey.toString('utf8'), value };
    return toChangelogRecord({ ...entry, expiresAtMs: expiresAtMs ?? undefined }, nowMs());
  }

  function* inWrites(all: Iterable<StateEntry>, now: number) {
    let some: { entry: StateEntry; record: CopyRecord }[] = [];
    let bytes = 0;
    for (const entry of all) {
      if (entry.expiresAtMs !== null && entry.expiresAtMs <= now) continue;
      const record = recordOf(entry);
      const size = bytesOf(record);
      if (bytes + size > maxWriteBytes && some.length > 0) {
        yield some;
        some = [];
        bytes = 0;
      }
      some.push({ entry, record });
      bytes += size;
    }
    if (some.length > 0) yield some;
  }
}
