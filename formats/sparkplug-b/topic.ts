/** What stands in the topic of a message about an edge node (Sparkplug 3.0, 4.1): `spBv1.0/group/type/node[/device]`. */
export interface SparkplugTopic {
  readonly type: 'NBIRTH' | 'NDEATH' | 'NDATA' | 'DBIRTH' | 'DDEATH' | 'DDATA';
  readonly group: string;
  readonly node: string;
  /** Of the types that begin with D; else empty. */
  readonly device: string;
}

/** Message types, and whether they are about a device. */
const types = {
  NBIRTH: false,
  NDEATH: false,
  NDATA: false,
  DBIRTH: true,
  DDEATH: true,
  DDATA: true,
} as const satisfies Record<SparkplugTopic['type'], boolean>;

export const namespace = 'spBv1.0';

/** `other`: of Sparkplug, and no message of an edge node: commands to it, the state of a host application. */
export function parseTopic(topic: string): SparkplugTopic | 'other' | undefined {
  const [first, group = '', type = '', node = '', device, ...more] = topic.split('/');
  if (first !== namespace) return undefined;
  if (group === 'STATE') return 'other';
  if (type === 'NCMD' || type === 'DCMD') return 'other';
  if (!Object.hasOwn(types, type) || group === '' || node === '' || more.length > 0)
    return undefined;
  const isOfDevice = types[type as SparkplugTopic['type']];
  if (isOfDevice ? !device : device !== undefined) return undefined;
  return { type: type as SparkplugTopic['type'], group, node, device: device ?? '' };
}

/** Filters of what edge nodes of the groups (of all, when absent) send; no command is among them. */
export function topicsOf(groups: readonly string[] | undefined): string[] {
  return (groups ?? ['+']).flatMap((group) =>
    Object.entries(types).map(
      ([type, isOfDevice]) => `${namespace}/${group}/${type}/+${isOfDevice ? '/+' : ''}`,
    ),
  );
}
