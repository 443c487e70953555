import type { JsonFormatDeclaration } from './json/declaration.ts';
import { type Encoding, type MappingFormat, mappingFormat } from './json/mapping-format.ts';
import { parseMsgpack } from './msgpack/parse-msgpack.ts';

const msgpackEncoding: Encoding = {
  name: 'msgpack',
  contentType: 'application/vnd.msgpack',
  parse: parseMsgpack,
};

/** MessagePack (https://msgpack.org) by the mapping of `json`; what it has beside JSON's values is told in formats/README.md. */
export function msgpack<const Topic extends string = never>(
  declaration: JsonFormatDeclaration<Topic>,
): MappingFormat {
  return mappingFormat(declaration, msgpackEncoding);
}
