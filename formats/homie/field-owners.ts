import type { FormatMemory } from '../../core/format.ts';
import type { HomieMapping } from './homie-mapping.ts';
import { type PropertyTopic, placeOf } from './homie-topic.ts';

/**
 * Whose a field is where every property is taken: two names may become one field, and it is that of the first that came
 * with a value. Of another property its place is remembered.
 */
export class FieldOwners {
  readonly #mapping: HomieMapping;

  constructor(mapping: HomieMapping) {
    this.#mapping = mapping;
  }

  /** The place of the property that has the field already; undefined when it is this one's, from now on at the latest. */
  other(topic: PropertyTopic, field: string, memory: FormatMemory): string | undefined {
    if (!this.#mapping.takesAll) return undefined;
    const key = this.#keyOf(topic, field);
    const owner = memory.get(key);
    if (owner === undefined) memory.put(key, placeOf(topic));
    return owner === undefined || owner === placeOf(topic) ? undefined : owner;
  }

  /** The property is no more: another may have its field. */
  letGo(topic: PropertyTopic, memory: FormatMemory): void {
    const mapped = this.#mapping.fieldOf(topic.node, topic.property);
    if (mapped === undefined || !this.#mapping.takesAll) return;
    const key = this.#keyOf(topic, mapped.field);
    if (memory.get(key) === placeOf(topic)) memory.put(key, undefined);
  }

  /** No property's key: ids are not empty. */
  #keyOf({ device, node }: PropertyTopic, field: string): string {
    return `${device}//${this.#mapping.isByNode ? node : ''}/${field}`;
  }
}
