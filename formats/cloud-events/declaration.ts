import { z } from 'zod';
import type { Fault } from '../../core/config/fault.ts';
import { FaultList } from '../../core/config/fault-list.ts';
import { formatSchema } from '../../core/config/pipeline-schema.ts';
import { aText, aTextThat, exactly } from '../../core/config/schema-parts.ts';
import type { Format } from '../../core/format.ts';

export interface CloudEventsDeclaration {
  /** Shown in messages and dead letters; `cloud-events` when absent. */
  readonly name?: string;
  /**
   * What decodes an event's data. In a mapping (`json`, `cbor`, `msgpack`) the event's `{id}`, `{source}`, `{type}`,
   * `{subject}` and `{time}` are placeholders.
   */
  readonly data: Format;
  /** Events of other types are set aside, counted as filtered; all are taken when absent. */
  readonly types?: readonly string[];
  /** Extension attributes that are placeholders too. */
  readonly extensions?: readonly string[];
}

const schema = exactly(
  {
    name: aText('a name').optional(),
    data: formatSchema,
    types: z.array(aText('a type'), { error: 'a list of types' }).optional(),
    extensions: z
      .array(
        aTextThat('an attribute’s name: small letters and digits', (name) =>
          /^[a-z0-9]+$/.test(name),
        ),
        { error: 'a list of attribute names' },
      )
      .optional(),
  },
  'a declaration, as cloudEvents({ data: json({...}) })',
);

export function cloudEventsFaults(declaration: unknown): readonly Fault[] {
  const list = new FaultList();
  list.parse([], schema, declaration);
  return list.faults;
}
