/** What a topic of the convention is about; `other` is nothing that a reading is made of. */
export type HomieTopic =
  | {
      readonly kind: 'value';
      readonly device: string;
      readonly node: string;
      readonly property: string;
    }
  | {
      readonly kind: 'attribute';
      readonly name: '$datatype' | '$unit';
      readonly device: string;
      readonly node: string;
      readonly property: string;
    }
  | { readonly kind: 'state' | 'nodes'; readonly device: string }
  | { readonly kind: 'other' };

const other: HomieTopic = { kind: 'other' };

/** Undefined when the topic doesn't stand below `baseTopic`. */
export function parseHomieTopic(topic: string, baseTopic: string): HomieTopic | undefined {
  if (!topic.startsWith(`${baseTopic}/`)) return undefined;
  const levels = topic.slice(baseTopic.length + 1).split('/');
  const [device = '', node = '', property = '', attribute] = levels;
  // `$broadcast`, and attributes of extensions: `$stats/uptime`.
  if (device === '' || device.startsWith('$') || levels.length > 4) return other;
  if (levels.length === 2) {
    if (node === '$state') return { kind: 'state', device };
    return node === '$nodes' ? { kind: 'nodes', device } : other;
  }
  if (node === '' || property === '' || node.startsWith('$') || property.startsWith('$'))
    return other;
  if (attribute === undefined) return { kind: 'value', device, node, property };
  if (attribute === '$datatype' || attribute === '$unit')
    return { kind: 'attribute', name: attribute, device, node, property };
  return other;
}

/** Filters of what readings are made of. */
export const homieTopics = (baseTopic: string): string[] =>
  ['+/$state', '+/$nodes', '+/+/+', '+/+/+/$datatype', '+/+/+/$unit'].map(
    (filter) => `${baseTopic}/${filter}`,
  );

export type PropertyTopic = Extract<HomieTopic, { readonly property: string }>;

export const placeOf = ({ node, property }: PropertyTopic): string => `${node}/${property}`;
