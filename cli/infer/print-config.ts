import { counted } from '../counted.ts';
import type { GuessedField } from './guess-fields.ts';
import type { Proposal } from './propose.ts';
import { toDeclaration } from './to-declaration.ts';
import type { TriedProposal } from './try-proposal.ts';

/** A line of code, and what is to be said of it. */
interface Line {
  readonly code: string;
  readonly remark?: string | undefined;
}

const line = (code: string, remark?: string): Line => ({ code, remark });

/** The proposal as a `millrace.config.ts` that loads as it is. */
export function printConfig(
  proposal: Proposal,
  tried: TriedProposal,
  ready: readonly string[],
): string {
  const { source, entityType, fields, topicTags } = proposal;
  const lines: Line[] = [
    ...head(proposal, tried, ready).map((text) => line(`// ${oneLine(text)}`)),
    line(`import { ${imports(proposal).join(', ')} } from 'millrace';`),
    line(''),
    line('export default definePipeline({'),
    line(`  name: ${quoted(source)},`),
    line('  models: {'),
    line(`    ${key(entityType)}: {`),
    line('      fields: {'),
    ...fields.map((field) => modelLine(field)),
    ...topicTags.map((name) => line(`        ${key(name)}: tag(),`, 'a level of the topic')),
    line('      },'),
    line('    },'),
    line('  },'),
    line('  sources: {'),
    line(`    ${key(source)}: {`),
    ...formatLines(proposal),
    line('    },'),
    line('  },'),
    line('});'),
  ];
  return lines
    .map(({ code, remark }) => (remark ? `${code} // ${oneLine(remark)}` : code))
    .join('\n');
}

function head(
  { payloads, each }: Proposal,
  tried: TriedProposal,
  ready: readonly string[],
): string[] {
  const { readings, setAside, deadLetters, firstDead } = tried;
  const count = payloads === 1 ? 'one sample' : `${payloads} samples`;
  return [
    `Proposed from ${count}. Read it before you keep it: a remark says what was guessed, and how sure it is.`,
    `Tried on them: ${[counted(readings, 'reading'), ...(setAside > 0 ? [`${setAside} set aside`] : []), counted(deadLetters, 'dead letter')].join(', ')}.`,
    ...(firstDead === undefined ? [] : [`The first dead letter: ${firstDead}`]),
    ...ready.map(
      (name) =>
        `There is a format that knows these: ${name}, with a model of its own; see docs/formats.md.`,
    ),
    ...(each.parts.length === 0 ? ['Nothing in the samples is a reading.'] : []),
  ];
}

function imports({ kind, fields, topicTags }: Proposal): string[] {
  const kinds = new Set(fields.map((field) => field.kind));
  if (topicTags.length > 0) kinds.add('tag');
  return ['definePipeline', kind, ...kinds].sort();
}

function modelLine({ name, kind, unit, sureness, why }: GuessedField): Line {
  const inner = unit === undefined ? '' : `{ unit: ${quoted(unit)} }`;
  return line(`        ${key(name)}: ${kind}(${inner}),`, remarkOf(sureness, why));
}

const remarkOf = (sureness: string, why: string) =>
  why === '' ? undefined : `${sureness}: ${why}`;

function formatLines(proposal: Proposal): Line[] {
  const { kind, topic, each, entity, time, leftOut, payloads } = proposal;
  const { fields, ...rest } = toDeclaration(proposal) as unknown as Record<string, unknown>;
  const remarks: Readonly<Record<string, string | undefined>> = {
    topic: topic.isMadeUp
      ? 'made up: the samples do not say which topic they come with'
      : topic.names.length > 0 || /[+#]/.test(topic.template)
        ? "likely: from the samples' topics"
        : undefined,
    each: `${each.parts.length} readings in ${payloads === 1 ? 'a payload' : `${payloads} payloads`}`,
    entity: entityRemark(proposal),
    time: time === undefined ? undefined : `${time.sureness}: ${time.why}`,
    id: entity.readingId === undefined ? undefined : "likely: the sender's own id of each reading",
  };
  const entries = Object.entries(rest);
  // Where they stand is no matter to the mapping: what identifies first, then what is measured.
  const isBefore = ([name]: [string, unknown]) => !['tags', 'position', 'id'].includes(name);
  const print = ([name, value]: [string, unknown]) =>
    line(`        ${key(name)}: ${literal(value)},`, remarks[name]);
  return [
    line(`      format: ${kind}({`),
    ...entries.filter(isBefore).map(print),
    ...(time === undefined
      ? [line('        // No time was found: readings get the time of their arrival.')]
      : []),
    line('        fields: {'),
    ...Object.entries(fields as Record<string, unknown>).map(([name, value]) =>
      line(`          ${key(name)}: ${literal(value)},`),
    ),
    line('        },'),
    ...entries.filter((entry) => !isBefore(entry)).map(print),
    ...leftOut.map(({ path, why }) => line(`        // Left out: ${oneLine(`${path} (${why})`)}`)),
    line('      }),'),
  ];
}

function entityRemark({ entity, topic }: Proposal): string {
  const others = entity.others.slice(0, 4).map(({ path }) => path);
  const also = others.length === 0 ? '' : `; also possible: ${others.join(', ')}`;
  if (entity.leaf !== undefined) return `${entity.sureness}: by its name${also}`;
  return topic.entity === undefined
    ? 'a guess: nothing tells one entity from another'
    : `a guess: nothing in the payload names it, so the topic does`;
}

/** A value as code; of texts, numbers, flags and plain objects. */
function literal(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = Object.entries(value).map(([name, one]) => `${key(name)}: ${literal(one)}`);
  return inner.length === 0 ? '{}' : `{ ${inner.join(', ')} }`;
}

function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}

const key = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name));

/** What came in a sample must not end a remark. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}|\u2028|\u2029/gu, ' ').slice(0, 300);
}
