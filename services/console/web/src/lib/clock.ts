/** The server's domain clock, kept by what it said last: the desk's own clock may be wrong. */

export class ServerClock {
  #offsetMs = 0;

  constructor(private readonly local: () => number = Date.now) {}

  /** `serverTime` as the server sent it just now. */
  set(serverTime: string): void {
    this.#offsetMs = Date.parse(serverTime) - this.local();
  }

  now(): number {
    return this.local() + this.#offsetMs;
  }
}
