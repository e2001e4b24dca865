/** A list that stays in order of urgency: one change costs a binary search, not a sort of thousands. */
import { byUrgency, type LiveCard } from "./card";

export class SortedCards {
  #items: LiveCard[] = [];

  get items(): readonly LiveCard[] {
    return this.#items;
  }

  fill(cards: LiveCard[]): void {
    this.#items = cards.sort(byUrgency);
  }

  insert(card: LiveCard): void {
    this.#items.splice(this.#position(card), 0, card);
  }

  /** Removes exactly this object; returns false if it is not in the list. */
  remove(card: LiveCard): boolean {
    const position = this.#position(card);
    if (this.#items[position]?.id !== card.id) return false;
    this.#items.splice(position, 1);
    return true;
  }

  #position(card: LiveCard): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (byUrgency(this.#items[middle]!, card) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
