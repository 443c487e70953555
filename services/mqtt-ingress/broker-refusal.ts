/** What the codes of CONNACK (MQTT 3.1.1, 3.2.2.3; 5, 3.2.2.2) and DISCONNECT (MQTT 5, 3.14.2.1) mean that users meet. */
const meanings: Readonly<Record<number, string>> = {
  1: 'it does not speak this version of MQTT',
  2: 'it does not take this client id',
  3: 'it is not available',
  4: 'user name or password is wrong',
  5: 'this user may not connect',
  129: 'it found a packet of ours malformed',
  130: 'it found a protocol error',
  132: 'it does not speak this version of MQTT',
  133: 'it does not take this client id',
  134: 'user name or password is wrong',
  135: 'this user may not connect',
  136: 'it is not available',
  137: 'it is busy',
  138: 'this client is banned',
  139: 'it is shutting down',
  141: 'it heard nothing from us within the keep-alive',
  142: 'another client connected with the same client id',
  147: 'more packets are unacknowledged than it takes',
  151: 'a quota is exceeded',
  152: 'an administrator ended it',
};

const takenOver = 0x8e;

/** The broker refused the connection, or ended it with a reason. */
export class BrokerRefusal extends Error {
  readonly #code: number;

  constructor(code: number) {
    super(meanings[code] ?? `it ended the connection with code ${code}`);
    this.#code = code;
  }

  /** It speaks another version of MQTT than we tried. */
  get isOfVersion(): boolean {
    return this.#code === 1 || this.#code === 0x84;
  }

  /** Someone else uses our client id. Told by MQTT 5 only. */
  get isTakenOver(): boolean {
    return this.#code === takenOver;
  }
}
