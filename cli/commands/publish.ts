import { defineCommand } from '../define-command.ts';
import { publishOptions, publishTarget } from '../publish-options.ts';
import { connectPublisher } from '../replay/connect-publisher.ts';
import { UsageError } from '../usage-error.ts';

/** How long one PUBACK may take: the log may have to be waited for. */
const quietMs = 10_000;

export const publish = defineCommand({
  operands: 'TOPIC [PAYLOAD]',
  description: `Publishes one packet over MQTT with QoS 1 and waits for its acknowledgement (else exit code 1). Without PAYLOAD what
comes from standard input is published.`,
  options: publishOptions,
  examples: [`millrace publish devices/hello/state '{"temperature": 21.5}'`],
  async run({ values, operands }) {
    const [topic, payload, ...rest] = operands;
    if (topic === undefined || rest.length > 0)
      throw new UsageError('publish takes a TOPIC and a PAYLOAD (quote it for the shell).');
    if (topic === '' || /[#+\0]/.test(topic))
      throw new UsageError(`A topic to publish to has no wildcards: "${topic}".`);
    const target = publishTarget(values);
    const bytes = payload ?? (await standardInput());
    const publisher = await connectPublisher(target);
    await publisher.publish(topic, bytes);
    await publisher.drain(quietMs);
    const { acknowledged } = publisher;
    await publisher.close();
    console.log(
      acknowledged === 1
        ? `Published to ${topic}; acknowledged.`
        : `Published to ${topic}, and not acknowledged within ${quietMs / 1000} s.`,
    );
    return acknowledged === 1 ? 0 : 1;
  },
});

async function standardInput(): Promise<Buffer> {
  if (process.stdin.isTTY) throw new UsageError('publish needs a PAYLOAD.');
  return Buffer.concat(await process.stdin.toArray());
}
