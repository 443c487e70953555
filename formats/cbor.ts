import { parseCbor } from './cbor/parse-cbor.ts';
import type { JsonFormatDeclaration } from './json/declaration.ts';
import { type Encoding, type MappingFormat, mappingFormat } from './json/mapping-format.ts';

const cborEncoding: Encoding = {
  name: 'cbor',
  contentType: 'application/cbor',
  parse: parseCbor,
};

/** CBOR (RFC 8949) by the mapping of `json`; what it has beside JSON's values is told in formats/README.md. */
export function cbor<const Topic extends string = never>(
  declaration: JsonFormatDeclaration<Topic>,
): MappingFormat {
  return mappingFormat(declaration, cborEncoding);
}
