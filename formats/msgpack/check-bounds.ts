import { maxDepth, maxHolders, maxValues, tooDeep, tooMany } from '../json/to-parsed-value.ts';

/**
 * Goes through a payload's structure before it is decoded, and throws when it nests deeper or holds more than is
 * decoded, or ends early: the library makes room for as many elements as a list says it has, were they there or not.
 * (https://github.com/msgpack/msgpack/blob/master/spec.md, Formats)
 */
export function checkBounds(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  /** Items that are still to come in each object or list that is open. */
  const open: number[] = [];
  let values = 0;
  let holders = 0;
  let at = 0;
  do {
    if (at >= bytes.length) throw endsEarly();
    if (++values > maxValues) throw tooMany(maxValues, 'values');
    const { next, items } = step(view, at);
    if (next > bytes.length) throw endsEarly();
    at = next;
    if (items === undefined) leave(open);
    else {
      if (++holders > maxHolders) throw tooMany(maxHolders, 'objects and lists');
      if (open.length >= maxDepth) throw tooDeep();
      if (items === 0) leave(open);
      else open.push(items);
    }
  } while (open.length > 0);
  if (at < bytes.length) throw new RangeError(`${bytes.length - at} bytes come after its end`);
}

const endsEarly = () => new RangeError('it ends early');

/** An item is over, and with the last of them what holds it. */
function leave(open: number[]): void {
  while (open.length > 0) {
    const left = (open.pop() ?? 1) - 1;
    if (left > 0) {
      open.push(left);
      return;
    }
  }
}

interface Step {
  /** Where the next item begins. */
  readonly next: number;
  /** Of an object (keys and values) or a list; undefined of all else. */
  readonly items?: number;
}

/** Throws a RangeError of the view's where a length is cut off. */
function step(view: DataView, at: number): Step {
  const head = view.getUint8(at);
  if (head < 0x80 || head >= 0xe0) return { next: at + 1 };
  if (head < 0x90) return { next: at + 1, items: (head & 0x0f) * 2 };
  if (head < 0xa0) return { next: at + 1, items: head & 0x0f };
  if (head < 0xc0) return { next: at + 1 + (head & 0x1f) };
  if (head < 0xc4) return { next: at + 1 };
  // bin 8, 16, 32; ext 8, 16, 32 (with a byte of type); then numbers, fixed ext, str, array and map.
  if (head < 0xc7) return ofLength(view, at, 1 << (head - 0xc4), 0);
  if (head < 0xca) return ofLength(view, at, 1 << (head - 0xc7), 1);
  if (head < 0xd4) return { next: at + 1 + (numberBytes[head - 0xca] ?? 0) };
  if (head < 0xd9) return { next: at + 2 + (1 << (head - 0xd4)) };
  if (head < 0xdc) return ofLength(view, at, 1 << (head - 0xd9), 0);
  const lengthBytes = head === 0xdc || head === 0xde ? 2 : 4;
  const count = lengthAt(view, at + 1, lengthBytes);
  return { next: at + 1 + lengthBytes, items: head < 0xde ? count : count * 2 };
}

/** float 32 and 64, uint 8 to 64, int 8 to 64. */
const numberBytes = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8];

function ofLength(view: DataView, at: number, lengthBytes: number, typeBytes: number): Step {
  return { next: at + 1 + lengthBytes + typeBytes + lengthAt(view, at + 1, lengthBytes) };
}

function lengthAt(view: DataView, at: number, lengthBytes: number): number {
  if (at + lengthBytes > view.byteLength) throw endsEarly();
  if (lengthBytes === 1) return view.getUint8(at);
  return lengthBytes === 2 ? view.getUint16(at) : view.getUint32(at);
}
