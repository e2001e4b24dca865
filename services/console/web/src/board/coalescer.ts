/** Collects changes and delivers them at most four times a second, in one animation frame. */
import type { Batch } from "./store";

export const DELIVERY_INTERVAL_MS = 250;

export interface Ticks {
  now: () => number;
  later: (what: () => void, milliseconds: number) => unknown;
  /** Schedules the next animation frame, or a timer in a hidden tab, which has no frames. */
  frame: (what: () => void) => unknown;
}

export class Coalescer {
  #waiting: Batch[] = [];
  #scheduled = false;
  #lastDelivery = -Infinity;

  constructor(
    private readonly deliver: (batches: Batch[]) => void,
    private readonly ticks: Ticks,
  ) {}

  add(batch: Batch): void {
    if (batch.cards.length === 0 && batch.removed.length === 0) return;
    this.#waiting.push(batch);
    if (this.#scheduled) return;
    this.#scheduled = true;
    const wait = Math.max(0, this.#lastDelivery + DELIVERY_INTERVAL_MS - this.ticks.now());
    this.ticks.later(() => this.ticks.frame(() => this.#flush()), wait);
  }

  /** Discards the waiting changes, because a snapshot is newer. */
  clear(): void {
    this.#waiting = [];
  }

  #flush(): void {
    this.#scheduled = false;
    this.#lastDelivery = this.ticks.now();
    const batches = this.#waiting;
    this.#waiting = [];
    if (batches.length > 0) this.deliver(batches);
  }
}
