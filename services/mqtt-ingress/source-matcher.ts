import { filtersOf } from '../../core/config/filters-of.ts';
import type { SourceDeclaration } from '../../core/config/pipeline.ts';
import { compileTopicFilter, type TopicMatch } from './topic-filter.ts';

export interface NamedSource {
  readonly name: string;
  readonly declaration: SourceDeclaration;
}

/** Topics remembered, in each of two generations. */
const rememberedTopics = 20_000;

/**
 * Finds the source of a topic: the first declared one with a filter that matches.
 * Remembers up to 40,000 topics; when they are more, those not asked for lately are forgotten.
 */
export class SourceMatcher {
  readonly #sources: readonly (NamedSource & { readonly matches: readonly TopicMatch[] })[];
  /** Null: no source. */
  #recent = new Map<string, NamedSource | null>();
  #older = new Map<string, NamedSource | null>();

  constructor(sources: Readonly<Record<string, SourceDeclaration>>) {
    this.#sources = Object.entries(sources).map(([name, declaration]) => ({
      name,
      declaration,
      matches: filtersOf(declaration).map(compileTopicFilter),
    }));
  }

  match(topic: string): NamedSource | undefined {
    const known = this.#recent.get(topic);
    if (known !== undefined) return known ?? undefined;
    const found = this.#older.get(topic) ?? this.#search(topic);
    if (this.#recent.size >= rememberedTopics) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(topic, found);
    return found ?? undefined;
  }

  #search(topic: string): NamedSource | null {
    return this.#sources.find(({ matches }) => matches.some((match) => match(topic))) ?? null;
  }
}
