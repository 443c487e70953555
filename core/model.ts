import type { Position } from './reading.ts';

export type FieldKind = 'number' | 'flag' | 'text' | 'decimal' | 'tag';

export interface ModelField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly label: string;
  /** UCUM code of the stored value. */
  readonly unit: string | null;
  /** UCUM code that people see. */
  readonly displayUnit: string | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** The declared fields of an entity type. The value of `models.v1`, key = entity type. */
export interface Model {
  readonly entityType: string;
  readonly label: string;
  /** Readings are made up, and shown as such wherever they appear. */
  readonly simulated: boolean;
  /** The register whose entries, by entityId, hold the entities' shapes. */
  readonly geometryRegister: string | null;
  readonly colorField: string | null;
  readonly headingField: string | null;
  readonly usualIntervalMs: number | null;
  readonly fields: readonly ModelField[];
}

/** Reference data. The value of `registers.v1`, key = `register/key`. */
export interface RegisterEntry {
  readonly register: string;
  readonly key: string;
  readonly numbers: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly position: Position | null;
  /** A GeoJSON geometry (RFC 7946) as text. */
  readonly geometry: string | null;
}
