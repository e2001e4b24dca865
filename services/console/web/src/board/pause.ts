/** Pauses the order of a lane while somebody points at it, scrolls it or navigates in it. */

/** Pause after the last movement; without this limit a resting mouse would freeze the lane. */
export const PAUSE_MS = 6_000;

export class LanePause {
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

  /** Releases the lane now; the next movement pauses it again. */
  release(): void {
    this.#lastMove = -Infinity;
  }

  isActive(now: number): boolean {
    return this.#inside && now - this.#lastMove < PAUSE_MS;
  }
}

/** Returns the number of cards that would appear, disappear or move if the lane were updated. */
export function waitingChanges(shown: readonly string[], live: readonly string[]): number {
  const before = new Set(shown);
  const after = new Set(live);
  const entered = live.filter((id) => !before.has(id)).length;
  const left = shown.filter((id) => !after.has(id)).length;
  if (entered + left > 0) return entered + left;
  return live.some((id, index) => shown[index] !== id) ? 1 : 0;
}
