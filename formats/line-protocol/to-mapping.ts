import type { JsonFormatDeclaration } from '../json/declaration.ts';
import { compileTopicTemplate } from '../json/topic-template.ts';
import type { LineProtocolDeclaration } from './declaration.ts';

/** The mapping over a point `{ measurement, tags, fields }` that a declaration stands for. */
export function toMapping(
  declaration: LineProtocolDeclaration<string>,
): JsonFormatDeclaration<string> {
  const { name, topic, measurements, entity, fields, tags, position } = declaration;
  const template = templateOf(topic);
  return {
    ...(name === undefined ? {} : { name }),
    ...(topic === undefined ? {} : { topic }),
    ...(measurements === undefined ? {} : { when: { '@.measurement': measurements } }),
    entity: { type: template(entity.type), id: template(entity.id) },
    fields: Object.fromEntries(
      Object.entries(fields).map(([ours, given]) => {
        const { field = ours, ...rest } = typeof given === 'string' ? { field: given } : given;
        return [ours, { ...rest, path: inFields(field) }];
      }),
    ),
    tags: Object.fromEntries(
      Object.entries(tags ?? {}).map(([ours, text]) => [ours, template(text)]),
    ),
    ...(position === undefined
      ? {}
      : {
          position: {
            lat: inFields(position.lat),
            lon: inFields(position.lon),
            ...(position.altitude === undefined ? {} : { altitude: inFields(position.altitude) }),
          },
        }),
  };
}

/** A name in a JSONPath (RFC 9535, 2.3.1), for names that hold anything. */
const quoted = (name: string) => `['${name.replace(/['\\]/g, '\\$&')}']`;
const inFields = (key: string) => `@.fields${quoted(key)}`;

/** `{host}` of a tag becomes a path to it; the topic's own placeholders stay. */
function templateOf(topic: string | undefined) {
  const ofTopic = new Set(topic === undefined ? [] : topicNames(topic));
  return (text: string) =>
    text.replace(/\{([^{}]*)\}/g, (placeholder, name: string) => {
      if (name === 'measurement') return '{@.measurement}';
      return ofTopic.has(name) ? placeholder : `{@.tags${quoted(name)}}`;
    });
}

function topicNames(topic: string): readonly string[] {
  try {
    return compileTopicTemplate(topic).names;
  } catch {
    // What is wrong with it, compiling the mapping tells.
    return [];
  }
}
