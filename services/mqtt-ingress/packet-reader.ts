import mqttPacket, { type Packet as ControlPacket, type Parser } from 'mqtt-packet';
import { maxPacketBytes, type Packet } from './packet.ts';
import type { ProtocolVersion } from './protocol-version.ts';

/** A PUBLISH to us. */
export interface ReceivedPublish extends Packet {
  readonly cmd: 'publish';
  /** 0 for QoS 0. */
  readonly messageId: number;
}

export type ReceivedPacket = ReceivedPublish | Exclude<ControlPacket, { cmd: 'publish' }>;

const empty = Buffer.alloc(0);
const endsTooEarly = 'The broker sent a packet that ends too early.';

/**
 * Cuts what comes over a connection into packets, for whoever asks for the next one; what was not asked for stays here,
 * at most one read of the socket beyond a packet that is still coming, which has `maxPacketBytes` at most.
 *
 * A PUBLISH without properties, which is nearly every packet that we get, is read here: mqtt-packet takes ten times as
 * long over one. Every other packet is left to mqtt-packet, and a test holds both against each other.
 */
export class PacketReader {
  readonly #version: ProtocolVersion;
  readonly #parser: Parser;
  #parsed: ControlPacket | undefined;
  #bytes: Buffer = empty;
  #at = 0;
  /** Of a packet that came in part: its other parts, and how many bytes it takes in all. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  #wanted = 0;

  constructor(version: ProtocolVersion) {
    this.#version = version;
    this.#parser = mqttPacket.parser({ protocolVersion: version });
    this.#parser.on('packet', (packet) => {
      this.#parsed = packet;
    });
    this.#parser.on('error', (error: Error) => {
      throw new Error(`The broker sent what is no MQTT: ${error.message}`);
    });
  }

  add(chunk: Buffer): void {
    const restBytes = this.#bytes.length - this.#at;
    if (this.#partBytes > 0 || restBytes > 0) {
      if (restBytes > 0) this.#parts.push(this.#bytes.subarray(this.#at));
      this.#parts.push(chunk);
      this.#partBytes += restBytes + chunk.length;
      this.#bytes = empty;
      this.#at = 0;
      if (this.#partBytes >= this.#wanted) this.#join();
      return;
    }
    this.#bytes = chunk;
    this.#at = 0;
  }

  /** Undefined until more bytes come. Throws on what is no MQTT: the connection is of no use then. */
  next(): ReceivedPacket | undefined {
    const bytes = this.#bytes;
    const start = this.#at;
    const first = bytes[start];
    if (first === undefined) return undefined;
    // The remaining length (MQTT 3.1.1, 2.2.3; 5, 1.5.5): up to four bytes, the lowest seven bits first.
    let bodyBytes = 0;
    let at = start + 1;
    for (let shift = 0; ; shift += 7) {
      if (shift > 21) throw new Error('The broker sent a length of more than 4 bytes.');
      const byte = bytes[at++];
      if (byte === undefined) return this.#wait(2 + shift / 7);
      bodyBytes |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (bodyBytes > maxPacketBytes)
      throw new Error(
        `The broker sent a packet of ${bodyBytes} bytes; at most ${maxPacketBytes} are taken. Set the broker's own bound below that.`,
      );
    const end = at + bodyBytes;
    if (end > bytes.length) return this.#wait(end - start);
    this.#at = end;
    this.#wanted = 0;
    return (
      (first >> 4 === 3 ? this.#plainPublish(first, at, end) : undefined) ??
      this.#parse(bytes.subarray(start, end))
    );
  }

  #wait(bytes: number): undefined {
    this.#wanted = bytes;
  }

  #join(): void {
    this.#bytes = Buffer.concat(this.#parts, this.#partBytes);
    this.#parts = [];
    this.#partBytes = 0;
  }

  /** MQTT 3.1.1 and 5, 3.3. Undefined for one that is left to mqtt-packet. */
  #plainPublish(first: number, start: number, end: number): ReceivedPublish | undefined {
    const bytes = this.#bytes;
    const qos = (first >> 1) & 3;
    if (qos === 3 || end - start < 2) return undefined;
    const topicStart = start + 2;
    let at = topicStart + (((bytes[start] as number) << 8) | (bytes[start + 1] as number));
    const topicEnd = at;
    let messageId = 0;
    if (qos > 0) {
      messageId = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      at += 2;
    }
    // Where properties should begin, when there are some: one byte, 0, when there are none.
    const hasLength = this.#version === 5;
    if (at + (hasLength ? 1 : 0) > end) throw new Error(endsTooEarly);
    if (hasLength && bytes[at++] !== 0) return undefined;
    // No topic: an alias, which we never offer.
    if (topicEnd === topicStart) return undefined;
    const retain = (first & 1) === 1;
    return {
      cmd: 'publish',
      topic: bytes.toString('utf8', topicStart, topicEnd),
      payload: bytes.subarray(at, end),
      qos: qos as 0 | 1 | 2,
      retain,
      keep: false,
      // To a subscriber RETAIN says that the packet is one kept from earlier (MQTT 3.1.1, 3.3.1.3).
      mayRepeat: retain || (first & 8) !== 0,
      messageId,
      traceparent: null,
    };
  }

  #parse(whole: Buffer): ReceivedPacket {
    this.#parsed = undefined;
    this.#parser.parse(whole);
    const packet = this.#parsed as ControlPacket | undefined;
    if (!packet) throw new Error(endsTooEarly);
    if (packet.cmd !== 'publish') return packet;
    const { topic, payload, qos, retain, dup, messageId = 0, properties } = packet;
    if (topic === '') throw new Error('The broker sent a packet without a topic.');
    const given = properties?.userProperties?.traceparent;
    return {
      cmd: 'publish',
      topic,
      payload: Buffer.isBuffer(payload) ? payload : Buffer.from(payload),
      qos,
      retain,
      keep: false,
      mayRepeat: dup || retain,
      messageId,
      traceparent: typeof given === 'string' && given.length === 55 ? given : null,
    };
  }
}
