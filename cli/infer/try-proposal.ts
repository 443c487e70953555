import type { FormatOutcome } from '../../core/format.ts';
import { csv } from '../../formats/csv.ts';
import { json } from '../../formats/json.ts';
import type { Proposal } from './propose.ts';
import { toDeclaration } from './to-declaration.ts';

export interface TriedProposal {
  readonly readings: number;
  readonly setAside: number;
  readonly deadLetters: number;
  /** The first of them, in its sentence. */
  readonly firstDead: string | undefined;
}

const maxTried = 1000;

/** What the proposed mapping makes of the very samples that it was made from. */
export function tryProposal(proposal: Proposal, payloads: readonly Buffer[]): TriedProposal {
  const declaration = toDeclaration(proposal);
  const format = proposal.kind === 'csv' ? csv(declaration) : json(declaration);
  const topic = proposal.topic.template.replace(/\{[^{}]*\}|[+#]/g, 'sample');
  const outcomes: FormatOutcome[] = [];
  for (const payload of payloads.slice(0, maxTried)) {
    const part = proposal.kind === 'csv' ? firstLines(payload) : payload;
    for (const outcome of format.decode({ topic, payload: part })) outcomes.push(outcome);
  }
  const dead = outcomes.filter((outcome) => outcome.kind === 'deadLetter');
  return {
    readings: outcomes.filter(({ kind }) => kind === 'ok').length,
    setAside: outcomes.filter(({ kind }) => kind === 'drop').length,
    deadLetters: dead.length,
    firstDead: dead[0]?.detail,
  };
}

/** A table may be longer than a payload may be. */
function firstLines(table: Buffer): Buffer {
  let end = 0;
  for (let line = 0; line <= maxTried && end >= 0; line++) end = table.indexOf('\n', end) + 1 || -1;
  return end < 0 ? table : table.subarray(0, end);
}
