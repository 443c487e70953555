import type { MqttClient } from 'mqtt';

/** The version of mqtt.js whose private part this file knows; package.json pins it, and a contract test tries it. */
export const knownMqttJs = '5.16.0';

interface Outgoing {
  readonly cmd: string;
  readonly messageId?: number;
  readonly reasonCode?: number;
}
type Done = (error?: Error) => void;
type SendPacket = (packet: Outgoing, done?: Done, stored?: Done, noStore?: boolean) => void;

/**
 * mqtt.js hands packets on one at a time: the next one waits for the callback of `handleMessage`, which also sends the
 * PUBACK. Waiting for the log there gives some 180 packets a second. So the callback may be called at once: the PUBACKs
 * that mqtt.js sends then are swallowed here, and go out when the returned function is called, in the caller's order.
 * This is the one place that touches its private `_sendPacket`.
 */
export function holdPubacks(client: MqttClient): (messageId: number) => void {
  const inside = client as unknown as { _sendPacket: SendPacket };
  const send = inside._sendPacket.bind(client);
  inside._sendPacket = (packet, done, ...rest) => {
    if (packet.cmd === 'puback') done?.();
    else send(packet, done, ...rest);
  };
  return (messageId) => {
    // Not connected, mqtt.js would queue it for the next connection, where it would acknowledge another packet.
    if (client.connected) send({ cmd: 'puback', messageId, reasonCode: 0 });
  };
}
