import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import mqttPacket, { type Packet as ControlPacket, type IPublishPacket } from 'mqtt-packet';
import { PacketReader, type ReceivedPacket } from '../../../services/mqtt-ingress/packet-reader.ts';

const versions = [4, 5] as const;
type Version = (typeof versions)[number];

function readAll(version: Version, chunks: readonly Buffer[]): ReceivedPacket[] {
  const reader = new PacketReader(version);
  const packets: ReceivedPacket[] = [];
  for (const chunk of chunks) {
    reader.add(chunk);
    for (let packet = reader.next(); packet; packet = reader.next()) packets.push(packet);
  }
  return packets;
}

const readOne = (version: Version, bytes: Buffer) => readAll(version, [bytes])[0];

/** As mqtt-packet alone reads them. */
function referenceOf(version: Version, bytes: Buffer): ControlPacket[] {
  const packets: ControlPacket[] = [];
  const parser = mqttPacket.parser({ protocolVersion: version });
  parser.on('packet', (packet) => packets.push(packet));
  parser.parse(bytes);
  return packets;
}

type Properties = NonNullable<IPublishPacket['properties']>;
const publishes = fc.record({
  cmd: fc.constant('publish' as const),
  topic: fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }),
  payload: fc
    .oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 0, max: 70_000 }).map((bytes) => new Uint8Array(bytes)),
    )
    .map((bytes) => Buffer.from(bytes)),
  qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
  retain: fc.boolean(),
  dup: fc.boolean(),
  messageId: fc.integer({ min: 1, max: 65_535 }),
  properties: fc.constantFrom<Properties>({}, { messageExpiryInterval: 60 }, { contentType: 'x' }),
});
const others = fc.constantFrom<ControlPacket>(
  { cmd: 'pingresp' },
  { cmd: 'puback', messageId: 7 },
  { cmd: 'suback', messageId: 9, granted: [0, 1, 128] },
);
const generate = (packet: ControlPacket, version: Version) => {
  const isRepeat = packet.cmd === 'publish' && packet.qos > 0 && packet.dup;
  return mqttPacket.generate(packet.cmd === 'publish' ? { ...packet, dup: isRepeat } : packet, {
    protocolVersion: version,
  });
};

test('reads what mqtt-packet reads, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...versions),
      fc.array(fc.oneof(publishes, others), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 80_000 }), { maxLength: 12 }),
      (version, packets, cuts) => {
        const bytes = Buffer.concat(packets.map((packet) => generate(packet, version)));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const length of cuts) {
          chunks.push(bytes.subarray(at, at + length));
          at += length;
        }
        chunks.push(bytes.subarray(at));
        const seen = readAll(version, chunks);
        const expected = referenceOf(version, bytes);
        assert.equal(seen.length, expected.length);
        for (const [index, packet] of seen.entries()) {
          const reference = expected[index];
          assert.equal(packet.cmd, reference?.cmd);
          if (packet.cmd !== 'publish' || reference?.cmd !== 'publish') continue;
          assert.equal(packet.topic, reference.topic);
          assert.ok(packet.payload.equals(Buffer.from(reference.payload)));
          assert.equal(packet.qos, reference.qos);
          assert.equal(packet.retain, reference.retain);
          assert.equal(packet.mayRepeat, reference.retain || reference.dup);
          assert.equal(packet.messageId, reference.messageId ?? 0);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('gives the trace context of a packet, and only one of the right length', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const withContext = (given: string) =>
    generate(
      {
        cmd: 'publish',
        topic: 'a',
        payload: 'x',
        qos: 1,
        dup: false,
        retain: false,
        messageId: 1,
        properties: { userProperties: { traceparent: given } },
      },
      5,
    );
  const read = (given: string) => {
    const packet = readOne(5, withContext(given));
    return packet?.cmd === 'publish' ? packet.traceparent : undefined;
  };
  assert.equal(read(traceparent), traceparent);
  assert.equal(read('00-0'), null);
});

const malformed: Record<string, { bytes: string; version: Version }> = {
  'a QoS of 3': { bytes: '3603000161', version: 4 },
  'a length of five bytes': { bytes: '30ffffffff01', version: 4 },
  'a packet past 16 MiB before it is here': { bytes: '3081808008', version: 4 },
  'a topic longer than its packet': { bytes: '300400ff6162', version: 4 },
  'a packet that ends in its message id': { bytes: '32040001610a', version: 4 },
  'properties longer than their packet': { bytes: '30040001617f', version: 5 },
  'no topic and no alias': { bytes: '3003000000', version: 5 },
};
for (const [name, { bytes, version }] of Object.entries(malformed)) {
  test(`throws on ${name}`, () => {
    const more = Buffer.from('d000d000', 'hex');
    assert.throws(
      () => readAll(version, [Buffer.concat([Buffer.from(bytes, 'hex'), more])]),
      /sent/,
    );
  });
}
