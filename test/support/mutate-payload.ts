import type { FormatInput } from '../../core/format.ts';
import { strangeValues } from './strange-values.ts';

export type Mutate = (input: FormatInput) => FormatInput;

type Change = (input: FormatInput, random: Random) => FormatInput;

/** Whole, from 0 to below `below`. */
type Random = (below: number) => number;

/**
 * One to four changes to a real packet: to its bytes, to its JSON, to its topic. The same seed gives the same ones.
 * For a million of them in a minute; where the smallest input that fails is wanted, use `fuzzFormat`.
 */
export function mutator(seed: number): Mutate {
  const random = xorshift(seed);
  return (input) => {
    let changed = input;
    for (let left = 1 + random(4); left > 0; left--)
      changed = (changes[random(changes.length)] ?? byteChange)(changed, random);
    return changed;
  };
}

/** Marsaglia's xorshift of 32 bits. */
function xorshift(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const byteChange: Change = ({ payload, ...rest }, random) => {
  const from = random(payload.length + 1);
  const before = payload.subarray(0, from);
  const cut = payload.subarray(from, from + random(40));
  const after = payload.subarray(from + cut.length);
  const made = Uint8Array.from({ length: random(8) }, () => random(256));
  const pieces =
    [[before, made, after], [before, after], [before], [before, cut, cut, made, after]][
      random(4)
    ] ?? [];
  return { ...rest, payload: Buffer.concat(pieces) };
};

const bitChange: Change = ({ payload, ...rest }, random) => {
  const flipped = Buffer.from(payload);
  if (flipped.length > 0) {
    const at = random(flipped.length);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random(8));
  }
  return { ...rest, payload: flipped };
};

/** What text formats are made of. */
const signs = [...'{}[]",:;=\\\n\r\t #-+.eE0919Tti/u'];

const signChange: Change = ({ payload, ...rest }, random) => {
  const at = random(payload.length + 1);
  const sign = Buffer.from((signs[random(signs.length)] ?? '').repeat(1 + random(3)));
  const pieces = [payload.subarray(0, at), sign, payload.subarray(at + random(2))];
  return { ...rest, payload: Buffer.concat(pieces) };
};

/** A value in the JSON, or a name, becomes another. */
const jsonChange: Change = ({ payload, ...rest }, random) => {
  const text = Buffer.from(payload).toString('latin1');
  const pattern = /"[^"]*"|-?\d[\d.eE+]*|null|true|false/g;
  pattern.lastIndex = random(text.length + 1);
  const found = pattern.exec(text);
  if (found === null) return { ...rest, payload };
  const value = strangeValues[random(strangeValues.length)] ?? '';
  const changed = text.slice(0, found.index) + value + text.slice(found.index + found[0].length);
  return { ...rest, payload: Buffer.from(changed, 'latin1') };
};

const strangeLevels = ['', 'x', '\u0000', 'a b', '%2F', 'ä', '$SYS', 'x'.repeat(300)];

const topicChange: Change = ({ topic, ...rest }, random) => {
  const levels = topic.split('/');
  levels.splice(random(levels.length), 1, strangeLevels[random(strangeLevels.length)] ?? '');
  return { ...rest, topic: levels.join('/') };
};

// Twice as often what leaves most of the payload whole.
const changes = [
  byteChange,
  bitChange,
  bitChange,
  signChange,
  signChange,
  jsonChange,
  jsonChange,
  jsonChange,
  topicChange,
];
