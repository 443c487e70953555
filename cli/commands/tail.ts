import { nearestName } from '../../core/config/nearest-name.ts';
import type { LogRecord } from '../../core/log/event-log.ts';
import { openLogReader } from '../../core/log/open-log.ts';
import { useRegistry } from '../../core/registry/use-registry.ts';
import { abortOnSignals } from '../abort-on-signals.ts';
import { commandSettings, dataDirOption } from '../command-settings.ts';
import { defineCommand } from '../define-command.ts';
import { decodableTopics, decodeRecord } from '../tail/decode-record.ts';
import { parseTailFrom } from '../tail/parse-tail-from.ts';
import { linePrinter } from '../tail/print-lines.ts';
import { parseWhere } from '../tail/where.ts';
import { UsageError } from '../usage-error.ts';

const half = Math.ceil(decodableTopics.length / 2);
const topicLines = [decodableTopics.slice(0, half), decodableTopics.slice(half)]
  .map((topics) => topics.join(', '))
  .join(',\n');

export const tail = defineCommand({
  operands: 'TOPIC',
  description: `Prints a topic's records, decoded, a JSON object a line, and follows it until Ctrl-C; works while millrace up runs.
Topics: ${topicLines}.
Times are microseconds since 1970.`,
  options: {
    from: {
      type: 'string',
      value: 'WHEN',
      help: 'earliest, latest (the default), a time, or a span back as 15m',
    },
    where: {
      type: 'string',
      value: 'FILTER',
      help: "field=value, or a JSONPath filter of the value: '@.numbers.speed > 10'",
    },
    limit: { type: 'string', value: 'N', help: 'ends after so many' },
    'no-follow': { type: 'boolean', help: 'ends at the end instead of waiting for more' },
    'data-dir': dataDirOption,
  },
  examples: [
    "millrace tail readings.enriched.v1 --where '@.numbers.speed > 90'",
    'millrace tail deadletters.v1 --from earliest --no-follow',
  ],
  async run({ values, operands }) {
    const topic = topicNamed(operands);
    const from = parseTailFrom(values.from ?? 'latest', Date.now());
    const where = values.where === undefined ? () => true : parseWhere(values.where);
    const limit = parseLimit(values.limit);
    const settings = commandSettings({ dataDir: values['data-dir'] });
    await useRegistry(settings, { register: false });
    const signal = abortOnSignals();
    const log = await openLogReader(settings);
    const print = linePrinter();
    let printed = 0;
    try {
      for await (const cut of log.tail([topic], { from, signal })) {
        for (const { partition, records } of cut.batches) {
          for (const record of records) {
            const value = decodeRecord(topic, record.value);
            if (!where(value)) continue;
            if (!(await print(line(partition, record, value))) || ++printed >= limit) return 0;
          }
        }
        if (signal.aborted || (values['no-follow'] && cut.atEnd)) break;
      }
    } finally {
      await log.close();
    }
    return 0;
  },
});

function line(partition: number, { offset, key, timestampMs }: LogRecord, value: unknown): string {
  const timestamp = new Date(timestampMs).toISOString();
  return JSON.stringify({ partition, offset, timestamp, key, value });
}

function topicNamed([topic, ...rest]: readonly string[]): string {
  if (topic === undefined || rest.length > 0)
    throw new UsageError(`tail takes one TOPIC: ${decodableTopics.join(', ')}.`);
  if (decodableTopics.includes(topic)) return topic;
  const nearest = nearestName(topic, decodableTopics);
  throw new UsageError(
    `There is no topic "${topic}"${nearest ? `; did you mean ${nearest}?` : '.'} There are: ${decodableTopics.join(', ')}.`,
  );
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new UsageError(`--limit should be a whole number above 0, and is "${text}".`);
}
