/** Nothing jumps under the hand: while somebody points at, scrolls or walks through a lane, its order stands still. */

/** After this long without a movement the hand counts as gone, else a resting mouse would freeze the lane all day. */
export const HAND_REST_MS = 6_000;

export class Hand {
  #inside = false;
  #lastMove = -Infinity;

  enter(now: number): void {
    this.#inside = true;
    this.#lastMove = now;
  }

  move(now: number): void {
    if (this.#inside) this.#lastMove = now;
  }

  leave(): void {
    this.#inside = false;
  }

  /** Lets waiting changes in now; the next movement holds again. */
  release(): void {
    this.#lastMove = -Infinity;
  }

  holds(now: number): boolean {
    return this.#inside && now - this.#lastMove < HAND_REST_MS;
  }
}

/** How many cards would come, go or change place if the lane were shown as it now is. */
export function waitingChanges(shown: readonly string[], live: readonly string[]): number {
  const before = new Set(shown);
  const after = new Set(live);
  const entered = live.filter((id) => !before.has(id)).length;
  const left = shown.filter((id) => !after.has(id)).length;
  if (entered + left > 0) return entered + left;
  return live.some((id, index) => shown[index] !== id) ? 1 : 0;
}
