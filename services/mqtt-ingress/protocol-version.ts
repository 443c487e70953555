/** As CONNECT has it: 4 is MQTT 3.1.1. */
export type ProtocolVersion = 4 | 5;
