import type { GuessedEntity } from './guess-entity.ts';
import type { GuessedTopic } from './guess-topic.ts';
import { type Leaf, nameOf, wordsOf } from './leaves.ts';

/** What says again, level or field, what the entity's id says: a tag of it would be the id once more. */
export function sameAsId(
  { leaf: id }: GuessedEntity,
  topic: GuessedTopic,
  topics: readonly string[],
): { readonly isField: (leaf: Leaf) => boolean; readonly isLevel: (name: string) => boolean } {
  const ofTopic = id === undefined ? levelTexts(topic, topic.entity, topics) : undefined;
  const ofLeaf = id === undefined ? undefined : new Set(id.values.map(String));
  return {
    isField: (leaf) =>
      id === undefined
        ? leaf.values.length === leaf.parts && areSame(new Set(leaf.values.map(String)), ofTopic)
        : leaf.values.length === id.values.length &&
          leaf.values.every((value, index) => String(value) === String(id.values[index])),
    isLevel: (name) =>
      id !== undefined &&
      (areSame(levelTexts(topic, name, topics), ofLeaf) || isNamedAs(name, nameOf(id))),
  };
}

/** What stands at a placeholder in the samples' topics; undefined where they say nothing of it. */
function levelTexts(
  { template }: GuessedTopic,
  name: string | undefined,
  topics: readonly string[],
): ReadonlySet<string> | undefined {
  const index = template.split('/').indexOf(`{${name}}`);
  const texts = topics.flatMap((topic) => topic.split('/')[index] ?? []);
  // One with placeholders is the user's, and no sample's.
  const isKnown = index >= 0 && texts.length > 0 && !texts.some((text) => text.includes('{'));
  return isKnown ? new Set(texts) : undefined;
}

function areSame(one: ReadonlySet<string> | undefined, other: ReadonlySet<string> | undefined) {
  if (one === undefined || other?.size !== one.size) return false;
  return [...one].every((text) => other.has(text));
}

/** The level `{sensor}`, and the id `sensor_id`. */
const isNamedAs = (level: string, id: string) =>
  wordsOf(id).replace(/ (?:id|eui|name|no|number|code|key)$/, '') === wordsOf(level);
