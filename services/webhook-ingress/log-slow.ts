/** Whoever waits longer for the log is told to send again: many senders give up after 10 s. */
export const maxLogWaitMs = 8_000;

/** The log has not answered for as long as a sender can wait. The records may become durable all the same. */
export class LogSlow extends Error {
  constructor() {
    super(`The log has not answered an append for ${maxLogWaitMs / 1000} s.`);
    this.name = 'LogSlow';
  }
}
