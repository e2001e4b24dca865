/** Clock that follows the server's time, because the local clock may be wrong. */

export class ServerClock {
  #offsetMs = 0;

  constructor(private readonly local: () => number = Date.now) {}

  /** Sets the clock to a time that the server has just sent. */
  set(serverTime: string): void {
    this.#offsetMs = Date.parse(serverTime) - this.local();
  }

  now(): number {
    return this.local() + this.#offsetMs;
  }
}
