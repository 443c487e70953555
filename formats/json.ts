import type { JsonFormatDeclaration } from './json/declaration.ts';
import { parseJson } from './json/json-text.ts';
import { type Encoding, type MappingFormat, mappingFormat } from './json/mapping-format.ts';

export type { JsonField, JsonFormatDeclaration, JsonTime } from './json/declaration.ts';

const jsonEncoding: Encoding = { name: 'json', contentType: 'application/json', parse: parseJson };

/**
 * JSON payloads by a declared mapping: which path becomes which field. The table of what it takes is in
 * formats/README.md.
 */
export function json<const Topic extends string = never>(
  declaration: JsonFormatDeclaration<Topic>,
): MappingFormat {
  return mappingFormat(declaration, jsonEncoding);
}
