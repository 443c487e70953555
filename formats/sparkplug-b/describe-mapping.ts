import type { Format } from '../../core/format.ts';
import type { FieldKind } from '../../core/model.ts';
import type { SparkplugMapping } from './entity-mapping.ts';

/** What a mapping gives, by entity type; devices of several declarations may be of one type. */
export function describeMapping({
  node,
  devices,
}: Pick<SparkplugMapping, 'node' | 'devices'>): Pick<Format, 'emits' | 'kinds' | 'units'> {
  const emits: Record<string, string[]> = {};
  const kinds: Record<string, Record<string, FieldKind>> = {};
  const units: Record<string, Record<string, string>> = {};
  for (const entity of [node, ...devices]) {
    const type = entity.entityType;
    emits[type] = [...new Set([...(emits[type] ?? []), ...entity.emits])];
    kinds[type] = { ...kinds[type], ...entity.kinds };
    units[type] = { ...units[type], ...entity.units };
  }
  return { emits, kinds, units };
}
