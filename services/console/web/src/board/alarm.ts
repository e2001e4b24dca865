/** State of the banner and tone for newly overdue cases. */
import type { LiveCard } from "./card";

export const SNOOZE_MS = 5 * 60_000;
export const REPEAT_MS = 30_000;
const MESSAGE_INTERVAL_MS = 10_000;

export class Alarm {
  #cases = new Map<string, LiveCard>();
  #quietUntil = -Infinity;
  #lastTone = -Infinity;
  #lastMessage = -Infinity;

  get cases(): readonly LiveCard[] {
    return [...this.#cases.values()];
  }

  add(cards: readonly LiveCard[]): void {
    for (const card of cards) this.#cases.set(card.id, card);
  }

  /** Removes the cases that are no longer overdue. */
  keep(stillRed: (id: string) => boolean): void {
    for (const id of [...this.#cases.keys()]) if (!stillRed(id)) this.#cases.delete(id);
  }

  /** Dismisses the banner; the cards stay red in their lanes. */
  dismiss(): void {
    this.#cases.clear();
  }

  /** Mutes the tone for five minutes; new cases wait in the banner. */
  snooze(now: number): void {
    this.#quietUntil = now + SNOOZE_MS;
  }

  visible(now: number): boolean {
    return this.#cases.size > 0 && now >= this.#quietUntil;
  }

  /** True if a tone is due: at once, then every half minute while the banner is shown. */
  toneDue(now: number): boolean {
    if (!this.visible(now) || now - this.#lastTone < REPEAT_MS) return false;
    this.#lastTone = now;
    return true;
  }

  /** True if screen readers may get another message: at most one in ten seconds. */
  mayAnnounce(now: number): boolean {
    if (!this.visible(now) || now - this.#lastMessage < MESSAGE_INTERVAL_MS) return false;
    this.#lastMessage = now;
    return true;
  }
}
