import { filtersOf } from '../../core/config/filters-of.ts';
import { nearestName } from '../../core/config/nearest-name.ts';
import type { Pipeline, SourceDeclaration } from '../../core/config/pipeline.ts';
import { SourceMatcher } from '../../services/mqtt-ingress/source-matcher.ts';
import { UsageError } from '../usage-error.ts';

export interface ChosenSource {
  readonly source: string;
  readonly declaration: SourceDeclaration;
  readonly topic: string;
  /** What a packet or delivery like it would meet and the sample doesn't. */
  readonly notes: readonly string[];
}

export interface Wanted {
  /** As the command line says it. */
  readonly source: string | undefined;
  readonly topic: string | undefined;
}

type Sources = Pick<Pipeline, 'sources'>['sources'];

/**
 * The source that a payload is tried with, and the topic (or path) that it is taken to come with. Throws `UsageError`
 * where the command line has to say more.
 */
export function chooseSource(sources: Sources, { source, topic }: Wanted): ChosenSource {
  const matcher = new SourceMatcher(sources);
  const matched = topic === undefined ? undefined : matcher.match(topic);
  const name = source ?? matched?.name ?? onlyOne(sources);
  if (name === undefined)
    throw new UsageError(
      topic === undefined
        ? `--sample needs --source NAME: ${Object.keys(sources).join(', ')}.`
        : `No source takes the topic ${topic}. Give one with --source: ${Object.keys(sources).join(', ')}.`,
    );
  const declaration = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (declaration === undefined) throw unknownSource(name, sources);
  const chosen = topic ?? topicOf(name, declaration);
  return {
    source: name,
    declaration,
    topic: chosen,
    notes: notesOf(name, chosen, { sources, matcher }),
  };
}

function onlyOne(sources: Sources): string | undefined {
  const names = Object.keys(sources);
  return names.length === 1 ? names[0] : undefined;
}

function unknownSource(name: string, sources: Sources): UsageError {
  const names = Object.keys(sources);
  const nearest = nearestName(name, names);
  return new UsageError(
    `There is no source ${name}. ${nearest === undefined ? `There are: ${names.join(', ')}.` : `Did you mean ${nearest}?`}`,
  );
}

/** Of the way that the source has beside MQTT, else of its example, else the one topic that it has. */
function topicOf(name: string, declaration: SourceDeclaration): string {
  if (declaration.webhook !== undefined) return `/webhooks/${name}`;
  if (declaration.poll !== undefined) return new URL(declaration.poll.url).pathname;
  const filters = filtersOf(declaration);
  const plain = filters.find((filter) => !/[+#]/.test(filter));
  const topic = declaration.example?.topic ?? plain;
  if (topic !== undefined) return topic;
  throw new UsageError(
    `The source ${name} takes ${filters.join(', ')}. Say which topic the sample came with: --topic T.`,
  );
}

function notesOf(
  name: string,
  topic: string,
  { sources, matcher }: { readonly sources: Sources; readonly matcher: SourceMatcher },
): string[] {
  const declaration = sources[name];
  const filters = declaration === undefined ? [] : filtersOf(declaration);
  const isByMqtt = declaration?.webhook === undefined && declaration?.poll === undefined;
  if (!isByMqtt || filters.length === 0) return [];
  const matched = matcher.match(topic);
  if (matched?.name === name) return [];
  return [
    matched === undefined
      ? `no source takes ${topic}: a packet with it would be counted as unmatched. ${name} takes ${filters.join(', ')}.`
      : `a packet with the topic ${topic} would go to the source ${matched.name}, which comes first.`,
  ];
}
