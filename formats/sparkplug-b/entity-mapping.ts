import type { FieldKind } from '../../core/model.ts';
import { fieldName } from '../device/field-name.ts';
import type { SparkplugBOptions, SparkplugEntity, SparkplugField } from './declaration.ts';
import type { SparkplugTopic } from './topic.ts';

/** The field that a metric becomes. */
export interface MappedField {
  readonly field: string;
  /** Undefined: the kind of the metric's own value. */
  readonly kind: Exclude<FieldKind, 'tag'> | undefined;
}

/** What becomes of the messages about an edge node, or about the devices that it is for. */
export interface EntityMapping {
  readonly entityType: string;
  readonly emits: readonly string[];
  readonly kinds: Readonly<Record<string, FieldKind>>;
  readonly units: Readonly<Record<string, string>>;
  /** Every metric is taken, under a name made of its own. */
  readonly takesAll: boolean;
  isFor(device: string): boolean;
  entityId(topic: SparkplugTopic): string;
  tags(topic: SparkplugTopic): Record<string, string>;
  /** Undefined for a metric that is not wanted. */
  fieldOf(metric: string): MappedField | undefined;
}

export interface SparkplugMapping {
  readonly node: EntityMapping;
  readonly devices: readonly EntityMapping[];
  readonly online: string | undefined;
}

const nodeDefaults = { type: 'edge-node', id: '{group}/{node}' };
const deviceDefaults = { type: 'device', id: '{group}/{node}/{device}' };

/** A declaration without faults, compiled. */
export function compileSparkplugMapping(options: SparkplugBOptions): SparkplugMapping {
  const online = options.online === false ? undefined : (options.online ?? 'online');
  const devices = options.devices ?? {};
  const list = Array.isArray(devices) ? devices : [devices];
  return {
    online,
    // Of a node that nothing is said about, only whether it is there is wanted.
    node: compileEntity({ ...nodeDefaults, ...(options.node ?? { fields: {} }) }, online),
    devices: list.map((device) => compileEntity({ ...deviceDefaults, ...device }, online)),
  };
}

type Declared = SparkplugEntity & { readonly type: string; readonly id: string } & {
  readonly named?: string;
};

function compileEntity(declared: Declared, online: string | undefined): EntityMapping {
  const { type: entityType, id, fields, tags = {}, named } = declared;
  const wanted =
    fields && Object.entries(fields).map(([field, given]) => ({ field, ...asField(given) }));
  const byMetric = new Map(
    wanted?.map(({ metric, field, kind, unit }) => [
      metric,
      { field, kind: kind ?? (unit === undefined ? undefined : ('number' as const)) },
    ]),
  );
  const kinds: Record<string, FieldKind> = {};
  const units: Record<string, string> = {};
  for (const { field, kind, unit } of wanted ?? []) {
    if (unit !== undefined) units[field] = unit;
    if (kind !== undefined || unit !== undefined) kinds[field] = kind ?? 'number';
  }
  for (const name of Object.keys(tags)) kinds[name] = 'tag';
  if (online !== undefined) kinds[online] = 'flag';
  const pattern = named === undefined ? undefined : wildcard(named);
  return {
    entityType,
    emits: [
      ...(online === undefined ? [] : [online]),
      ...Object.keys(fields ?? {}),
      ...Object.keys(tags),
    ],
    kinds,
    units,
    takesAll: fields === undefined,
    isFor: (device) => pattern?.test(device) ?? true,
    entityId: (topic) => fill(id, topic),
    tags: (topic) =>
      Object.fromEntries(Object.entries(tags).map(([name, text]) => [name, fill(text, topic)])),
    fieldOf: fields === undefined ? ownFields() : (metric) => byMetric.get(metric),
  };
}

const asField = (given: string | SparkplugField): SparkplugField =>
  typeof given === 'string' ? { metric: given } : given;

function wildcard(text: string): RegExp {
  const escaped = text.split('*').map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 's');
}

export const placeholders = /\{(group|node|device)\}/g;

const fill = (text: string, topic: SparkplugTopic): string =>
  text.replace(placeholders, (_, name: 'group' | 'node' | 'device') => topic[name]);

/** What tells of the session, or steers the node, is no value of it (Sparkplug 3.0, 6.4.21). */
const isControl = (metric: string): boolean =>
  metric === 'bdSeq' || /^(?:Node|Device) (?:Control|Info)\//.test(metric);

const rememberedNames = 10_000;
const longestName = 256;

/** Every metric, under a field name of its own; names come again and again. */
function ownFields(): EntityMapping['fieldOf'] {
  const known = new Map<string, MappedField | undefined>();
  return (metric) => {
    if (known.has(metric)) return known.get(metric);
    const field = isControl(metric) ? undefined : fieldName(metric);
    const mapped = field === undefined ? undefined : { field, kind: undefined };
    if (known.size < rememberedNames && metric.length <= longestName) known.set(metric, mapped);
    return mapped;
  };
}
