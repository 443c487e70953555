import { type Token, Tokenizer, Type } from 'cborg';
import { maxDepth, maxHolders, maxValues, tooDeep, tooMany } from '../json/to-parsed-value.ts';

/**
 * Hands out one item after another, and refuses payloads that nest deeper or hold more than is decoded, before much
 * is made of them.
 */
export class BoundedTokenizer extends Tokenizer {
  #values = 0;
  #holders = 0;
  /** How many items are still to come in each object, list or tag that is open; infinite until a break. */
  readonly #open: number[] = [];

  override next(): Token {
    if (++this.#values > maxValues) throw tooMany(maxValues, 'values');
    const token = super.next();
    const { type, value } = token;
    if (type === Type.array) this.#enter(value);
    else if (type === Type.map) this.#enter(value * 2);
    else if (type === Type.tag) this.#enter(1);
    else {
      if (type === Type.break) this.#open.pop();
      this.#leave();
    }
    return token;
  }

  #enter(items: number): void {
    if (this.#open.length >= maxDepth) throw tooDeep();
    if (++this.#holders > maxHolders) throw tooMany(maxHolders, 'objects and lists');
    if (items === 0) this.#leave();
    else this.#open.push(items);
  }

  /** An item is over, and with the last of them what holds it. */
  #leave(): void {
    for (let last = this.#open.length - 1; last >= 0; last--) {
      const left = (this.#open[last] ?? 1) - 1;
      this.#open[last] = left;
      if (left !== 0) return;
      this.#open.pop();
    }
  }
}
