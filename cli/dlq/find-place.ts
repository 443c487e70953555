import { findNodeAtLocation, type JSONPath, type Node, parseTree } from 'jsonc-parser';

export interface FoundPlace {
  /** In characters of the text. */
  readonly start: number;
  readonly end: number;
  /** False: the path's end is missing, and this is what it should stand in. */
  readonly isThere: boolean;
}

/** Where in a JSON text a path as `$.values[0].pm` leads; undefined when the text is no JSON, or the place no such path. */
export function findPlace(text: string, place: string): FoundPlace | undefined {
  const path = segmentsOf(place);
  const root = path && parseTree(text);
  if (path === undefined || root === undefined) return undefined;
  for (let length = path.length; length >= 0; length--) {
    const node: Node | undefined = findNodeAtLocation(root, path.slice(0, length));
    if (node === undefined) continue;
    const { offset } = node;
    return { start: offset, end: offset + node.length, isThere: length === path.length };
  }
  return undefined;
}

/** Of a path that leads to one place: names and indexes. What could be several ends it. */
function segmentsOf(place: string): JSONPath | undefined {
  if (!place.startsWith('$')) return undefined;
  const segments: (string | number)[] = [];
  const segment =
    /\.([\p{L}_$][\p{L}\p{N}_$-]*)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/uy;
  segment.lastIndex = 1;
  for (;;) {
    const found = segment.exec(place);
    if (found === null) return segments;
    const [, name, index, single, double] = found;
    if (index !== undefined) segments.push(Number(index));
    else segments.push(name ?? (single ?? double ?? '').replace(/\\(.)/g, '$1'));
  }
}
