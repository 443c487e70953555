import { basename } from 'node:path';
import { hasFieldNameShape, isReservedFieldName } from '../../core/config/field-name.ts';
import { type GuessedEach, guessEach } from './guess-each.ts';
import { type GuessedEntity, guessEntity } from './guess-entity.ts';
import { type GuessedField, guessFields, type LeftOut } from './guess-fields.ts';
import { type GuessedPosition, guessPosition } from './guess-position.ts';
import { type GuessedTime, guessTime } from './guess-time.ts';
import { type GuessedTopic, guessTopic } from './guess-topic.ts';
import { findLeaves, nameOf, toPath, wordsOf } from './leaves.ts';
import type { Inputs } from './read-inputs.ts';
import { sameAsId } from './same-as-id.ts';

export interface Proposal {
  readonly kind: Inputs['kind'];
  readonly delimiter: string | undefined;
  readonly decimal: ',' | undefined;
  readonly source: string;
  readonly entityType: string;
  readonly topic: GuessedTopic;
  readonly each: GuessedEach;
  readonly entity: GuessedEntity;
  /** A text with placeholders. */
  readonly entityId: string;
  readonly time: GuessedTime | undefined;
  readonly fields: readonly GuessedField[];
  /** Placeholders of the topic that are no part of the entity's id: tags. */
  readonly topicTags: readonly string[];
  readonly position: GuessedPosition | undefined;
  readonly leftOut: readonly LeftOut[];
  readonly payloads: number;
}

export interface Wished {
  readonly source: string | undefined;
  readonly entityType: string | undefined;
  readonly topic: string | undefined;
  /** For names, where nothing else gives one. */
  readonly file: string;
}

/** A model and a mapping for samples. Pure. */
export function propose(inputs: Inputs, wished: Wished): Proposal {
  const { kind, delimiter, decimal, payloads } = inputs;
  const each = guessEach(payloads);
  const leaves = findLeaves(each.parts, each.keys);
  const { time, others } = guessTime(leaves);
  const position = guessPosition(leaves, each.parts);
  const free = leaves.filter(
    ({ path }) => path !== time?.leaf.path && position?.paths.has(path) !== true,
  );
  const entity = guessEntity(free);
  const topics = wished.topic === undefined ? inputs.topics : [wished.topic];
  const topic = guessTopic(topics, entity.leaf !== undefined);
  const fieldLeaves = free.filter(
    (leaf) => leaf !== entity.leaf && leaf !== entity.readingId && !others.has(leaf.path),
  );
  const guessed = guessFields(fieldLeaves, kind);
  const again = sameAsId(entity, topic, topics);
  const isIdAgain = ({ kind, leaf }: GuessedField) => kind === 'tag' && again.isField(leaf);
  const fields = guessed.fields.filter((field) => !isIdAgain(field));
  const ids = guessed.fields.filter(isIdAgain);
  const leftOut = [
    ...ids.map(({ leaf: { path } }) => ({ path, why: 'the same as the id' })),
    ...guessed.leftOut,
  ];
  const otherTimes = [...others].map((path) => ({ path, why: 'a time too' }));
  const lists = each.otherLists.map((path) => ({ path, why: 'a list too' }));
  const entityId = idTemplate(entity, topic);
  const taken = new Set(fields.map(({ name }) => name));
  const topicTags = topic.names.filter(
    (name) =>
      !entityId.includes(`{${name}}`) &&
      !taken.has(name) &&
      !again.isLevel(name) &&
      hasFieldNameShape(name) &&
      !isReservedFieldName(name) &&
      // A level that has no name of its own says little beside an id.
      (entity.leaf === undefined || !/^(?:group|device)\d*$/.test(name)),
  );
  const source = wished.source ?? sourceName(wished.file);
  return {
    kind,
    delimiter,
    decimal,
    source,
    entityType: wished.entityType ?? typeName(wordOf(entity), topic.entity, source),
    topic,
    each,
    entity,
    entityId,
    time,
    fields,
    topicTags,
    position,
    leftOut: [...otherTimes, ...lists, ...leftOut],
    payloads: payloads.length,
  };
}

function idTemplate({ leaf }: GuessedEntity, { entity }: GuessedTopic): string {
  if (leaf !== undefined) return `{${toPath(leaf.keys)}}`;
  return entity === undefined ? 'device-1' : `{${entity}}`;
}

function sourceName(file: string): string {
  const base = basename(file === '-' ? '' : file).replace(/\.[A-Za-z0-9]+$/, '');
  const name = base.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^[^A-Za-z]+|-+$/g, '');
  return name === '' ? 'devices' : name.slice(0, 64);
}

/** `station_id` is of a station; `id` says nothing. */
function wordOf({ leaf }: GuessedEntity): string | undefined {
  if (leaf === undefined) return undefined;
  const words = wordsOf(nameOf(leaf))
    .split(' ')
    .filter(
      (word) => !/^(?:id|eui|uid|no|number|name|code|key|mac|address|serial|imei|sn)$/.test(word),
    );
  return words.length === 0 ? undefined : words.join('-').replace(/^dev$/, 'device');
}

function typeName(...from: readonly (string | undefined)[]): string {
  const names = from.map((text) =>
    (text ?? '')
      .replace(/([a-z\d])([A-Z])/g, '$1-$2')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/-(?:id|name)$/, '')
      .replace(/^(?:id|name)$/, '')
      .replace(/^[^a-z]+|-+$/g, '')
      .replace(/([^s])s$/, '$1'),
  );
  return names.find((name) => name !== '') ?? 'device';
}
