import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FormatInput } from '../../core/format.ts';

/** Where the recordings lie, beside the project; tests that need them skip where they are not. */
export const hfpRecordings = fileURLToPath(
  new URL('../../../shared/data/transit/hsl-hfp', import.meta.url),
);

/** Every recording with its packets in order: `<receive time> <topic> <json>` a line. */
export function readHfpRecording(): readonly { name: string; packets: readonly FormatInput[] }[] {
  if (!existsSync(hfpRecordings)) return [];
  return readdirSync(hfpRecordings, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const lines = readFileSync(`${hfpRecordings}/${name}/hfp.dump`, 'utf8').split('\n');
      return { name, packets: lines.filter((line) => line !== '').map(packetOf) };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Topics hold blanks: the first ends the time, the one before a brace ends the topic. */
function packetOf(line: string): FormatInput {
  const topicAt = line.indexOf(' ') + 1;
  const payloadAt = line.indexOf(' {', topicAt) + 1;
  return {
    topic: line.slice(topicAt, payloadAt - 1),
    payload: Buffer.from(line.slice(payloadAt)),
  };
}
