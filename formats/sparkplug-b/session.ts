import type { FormatMemory } from '../../core/format.ts';
import type { Metric } from './payload.ts';
import type { SparkplugTopic } from './topic.ts';

/** What a birth said of a metric. */
export interface BornMetric {
  readonly name: string;
  readonly datatype: number;
}

/** The metrics that a birth certificate declares. */
export interface Birth {
  /** The node's session that it belongs to: a birth of an earlier one says nothing any more. */
  readonly session: string;
  readonly byAlias: ReadonlyMap<string, BornMetric>;
  readonly byName: ReadonlyMap<string, BornMetric>;
  /** Aliases that it gives to several metrics, with their names: data by them are no metric's. */
  readonly shared: ReadonlyMap<string, readonly string[]>;
}

/** An edge node as its births and deaths left it. */
export interface NodeState {
  /** Its `bdSeq`, as text; empty where it sent none. */
  readonly session: string;
  readonly online: boolean;
  /** Those that were born and have not died. */
  readonly devices: readonly string[];
}

/** What a message's sequence number says. */
export interface Step {
  /** Messages that are missing before it. */
  readonly missing: number;
  readonly expected: number | undefined;
  /** Messages of the node since it was last asked for its births; undefined when it never was. */
  readonly sinceAsked: number | undefined;
}

type BirthRow = readonly [name: string, datatype: number, alias?: string];

/** Characters of births kept parsed; past it all are let go and parsed again when they are needed. */
const maxParsedChars = 4 * 1024 * 1024;

/** What is remembered of edge nodes, in a memory that outlives restarts. One for each format, for what it keeps parsed. */
export class Sessions {
  readonly #parsed = new Map<string, Birth>();
  #parsedChars = 0;

  node(memory: FormatMemory, { group, node }: SparkplugTopic): NodeState | undefined {
    const text = memory.get(`node/${group}/${node}`);
    return text === undefined ? undefined : (JSON.parse(text) as NodeState);
  }

  putNode(memory: FormatMemory, { group, node }: SparkplugTopic, state: NodeState): void {
    memory.put(`node/${group}/${node}`, JSON.stringify(state));
  }

  /** The birth of the node, or of the device, that the topic names; undefined when it is not of the present session. */
  birth(memory: FormatMemory, topic: SparkplugTopic, session: string): Birth | undefined {
    const text = memory.get(birthKey(topic));
    if (text === undefined) return undefined;
    const birth = this.#parsed.get(text) ?? this.#parse(text);
    return birth.session === session ? birth : undefined;
  }

  putBirth(
    memory: FormatMemory,
    topic: SparkplugTopic,
    session: string,
    metrics: readonly Metric[],
  ): Birth {
    const rows = metrics.flatMap(({ name, datatype = 0, alias }): BirthRow[] =>
      name === undefined || name === ''
        ? []
        : [alias === undefined ? [name, datatype] : [name, datatype, String(alias)]],
    );
    const text = JSON.stringify([session, rows]);
    memory.put(birthKey(topic), text);
    return this.#parse(text);
  }

  forgetBirth(memory: FormatMemory, topic: SparkplugTopic): void {
    memory.put(birthKey(topic), undefined);
  }

  /** Counts a message on: what its number says beside the last one's. A birth of the node begins anew. */
  step(memory: FormatMemory, { group, node, type }: SparkplugTopic, seq: number | undefined): Step {
    const [last, since] = (memory.get(`seq/${group}/${node}`) ?? '').split(' ');
    const sinceAsked = since ? Number(since) + 1 : undefined;
    const expected = last ? (Number(last) + 1) % 256 : undefined;
    const isKnown = type !== 'NBIRTH' && expected !== undefined && seq !== undefined;
    // The last one's number again is that message again.
    const isAgain = seq !== undefined && Number(last) === seq;
    const missing = isKnown && !isAgain ? (seq - expected + 256) % 256 : 0;
    return { missing, expected, sinceAsked };
  }

  putStep(
    memory: FormatMemory,
    { group, node }: SparkplugTopic,
    last: { readonly seq: number | undefined; readonly sinceAsked: number | undefined },
  ): void {
    memory.put(`seq/${group}/${node}`, `${last.seq ?? ''} ${last.sinceAsked ?? ''}`);
  }

  #parse(text: string): Birth {
    const [session, rows] = JSON.parse(text) as [string, readonly BirthRow[]];
    const byAlias = new Map<string, BornMetric>();
    const byName = new Map<string, BornMetric>();
    const shared = new Map<string, readonly string[]>();
    for (const [name, datatype, alias] of rows) {
      const born = { name, datatype };
      byName.set(name, born);
      if (alias === undefined) continue;
      const other = byAlias.get(alias);
      if (other !== undefined && other.name !== name)
        shared.set(alias, [...(shared.get(alias) ?? [other.name]), name]);
      byAlias.set(alias, born);
    }
    for (const alias of shared.keys()) byAlias.delete(alias);
    const birth = { session, byAlias, byName, shared };
    if (this.#parsedChars + text.length > maxParsedChars) {
      this.#parsed.clear();
      this.#parsedChars = 0;
    }
    if (!this.#parsed.has(text)) this.#parsedChars += text.length;
    this.#parsed.set(text, birth);
    return birth;
  }
}

const birthKey = ({ group, node, device }: SparkplugTopic): string =>
  device === '' ? `birth/${group}/${node}` : `birth/${group}/${node}/${device}`;
