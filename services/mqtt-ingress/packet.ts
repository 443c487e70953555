/** A packet that grows beyond it is not waited for: its connection is dropped. */
export const maxPacketBytes = 16 * 1024 * 1024;

/** An MQTT PUBLISH as the intake takes it, from our own broker or from an outside one. */
export interface Packet {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
  readonly qos: 0 | 1 | 2;
  /** Our own broker keeps it for later subscribers: it is saved before it is acknowledged. */
  readonly keep: boolean;
  /** It may have come before: DUP, or a retained one that a subscription brings again. */
  readonly mayRepeat: boolean;
  /** W3C trace context that the sender gave (MQTT 5 user property). */
  readonly traceparent: string | null;
}
