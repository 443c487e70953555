import { isTopicFilter } from '../../core/config/topic-filter.ts';
import { entityTypePattern } from '../../core/entity-type.ts';
import { jsonOption } from '../command-settings.ts';
import { defineCommand } from '../define-command.ts';
import { printConfig } from '../infer/print-config.ts';
import { propose } from '../infer/propose.ts';
import { readInputs } from '../infer/read-inputs.ts';
import { readyFormatsFor } from '../infer/ready-formats.ts';
import { toDeclaration } from '../infer/to-declaration.ts';
import { tryProposal } from '../infer/try-proposal.ts';
import { UsageError } from '../usage-error.ts';

export const infer = defineCommand({
  operands: 'FILE...',
  description: `Proposes a model and a mapping from samples: JSON, JSON on each line, or CSV; - reads standard input. Prints a
millrace.config.ts that loads as it is, with remarks on what was guessed and how sure it is, and what the mapping makes
of the samples. The more samples of different devices and moments, the better the guesses.`,
  options: {
    topic: {
      type: 'string',
      value: 'T',
      help: 'the topic that they come with; levels that vary as {placeholders}',
    },
    source: { type: 'string', value: 'NAME', help: "the source's name; the file's when absent" },
    type: { type: 'string', value: 'TYPE', help: 'the entity type; by the topic when absent' },
    json: jsonOption,
  },
  examples: [
    'millrace infer samples.ndjson > millrace.config.ts',
    "millrace infer packet.json --topic 'city/{district}/{sensor}/state' --type air-station",
    'millrace check --sample packet.json --topic city/north/s1/state',
  ],
  async run({ values, operands }) {
    const [file] = operands;
    if (file === undefined) throw new UsageError('infer needs at least one FILE of samples.');
    const { topic, source, type: entityType } = values;
    checkNames({ topic, source, entityType });
    const inputs = readInputs(operands);
    const proposal = propose(inputs, { topic, source, entityType, file });
    const tried = tryProposal(proposal, inputs.bytes);
    if (!values.json) console.log(printConfig(proposal, tried, readyFormatsFor(inputs.samples)));
    else console.log(JSON.stringify(toJson(proposal, tried)));
    return 0;
  },
});

function checkNames(names: {
  readonly topic: string | undefined;
  readonly source: string | undefined;
  readonly entityType: string | undefined;
}): void {
  const { topic, source, entityType } = names;
  if (topic !== undefined && !isTopicFilter(topic.replace(/\{[^{}/]+\}/g, '+')))
    throw new UsageError(`--topic should be an MQTT topic with {placeholders}; it is ${topic}.`);
  if (source !== undefined && !/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(source))
    throw new UsageError(
      `--source should be up to 64 letters, digits, underscores and dashes that begin with a letter; it is ${source}.`,
    );
  if (entityType !== undefined && !entityTypePattern.test(entityType))
    throw new UsageError(
      `--type should be lower-case letters, digits and dashes that begin with a letter; it is ${entityType}.`,
    );
}

function toJson(proposal: ReturnType<typeof propose>, tried: ReturnType<typeof tryProposal>) {
  const { source, entityType, kind, fields, leftOut, time, entity } = proposal;
  return {
    source,
    format: kind,
    mapping: toDeclaration(proposal),
    entityType,
    model: fields.map(({ name, kind: fieldKind, unit = null, sureness, why, leaf }) => ({
      name,
      kind: fieldKind,
      unit,
      path: leaf.path,
      sureness,
      why,
    })),
    sureness: { entity: entity.sureness, time: time?.sureness ?? null },
    topicTags: proposal.topicTags,
    leftOut,
    tried: { ...tried, firstDead: tried.firstDead ?? null },
  };
}
