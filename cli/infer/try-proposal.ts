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
  for (const payload of payloads.slice(0, maxTried))
    for (const outcome of format.decode({ topic, payload })) outcomes.push(outcome);
  const dead = outcomes.filter((outcome) => outcome.kind === 'deadLetter');
  return {
    readings: outcomes.filter(({ kind }) => kind === 'ok').length,
    setAside: outcomes.filter(({ kind }) => kind === 'drop').length,
    deadLetters: dead.length,
    firstDead: dead[0]?.detail,
  };
}
