/** All cards that the caller may see, with filtered lanes and counts. No framework, no network. */
import type { Stage } from "../contracts";
import { withDefaults, isNewer, STAGES, type LiveCard, type CardMessage } from "./card";
import { SortedCards } from "./sorted";

export interface Batch {
  cards: CardMessage[];
  removed: string[];
}

export interface Counts {
  total: number;
  red: number;
  yellow: number;
}

export type Predicate = (card: LiveCard) => boolean;

class Lane {
  readonly cards = new SortedCards();
  readonly counts: Counts = { total: 0, red: 0, yellow: 0 };

  count(card: LiveCard, step: 1 | -1): void {
    this.counts.total += step;
    if (card.light === "red") this.counts.red += step;
    if (card.light === "yellow") this.counts.yellow += step;
  }
}

export class BoardStore {
  readonly #all = new Map<string, LiveCard>();
  #lanes = this.#emptyLanes();
  #shows: Predicate = () => true;
  readonly #listeners = new Set<() => void>();

  get size(): number {
    return this.#all.size;
  }

  get(id: string): LiveCard | undefined {
    return this.#all.get(id);
  }

  find(caseNumber: string): LiveCard | undefined {
    for (const card of this.#all.values()) if (card.case_number === caseNumber) return card;
    return undefined;
  }

  all(): Iterable<LiveCard> {
    return this.#all.values();
  }

  lane(stage: Stage): readonly LiveCard[] {
    return this.#lanes[stage].cards.items;
  }

  counts(stage: Stage): Readonly<Counts> {
    return this.#lanes[stage].counts;
  }

  /** Number of cards that pass the filter. */
  get shown(): number {
    return STAGES.reduce((sum, stage) => sum + this.#lanes[stage].counts.total, 0);
  }

  /** Subscribes to changes and returns the function that unsubscribes. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Replaces all cards by a snapshot. */
  replace(cards: CardMessage[]): void {
    this.#all.clear();
    for (const message of cards) {
      const card = withDefaults(message);
      this.#all.set(card.id, card);
    }
    this.#relane();
  }

  filter(shows: Predicate): void {
    this.#shows = shows;
    this.#relane();
  }

  /** Applies changes and returns the cards that became overdue, for the alarm. */
  apply(batches: readonly Batch[]): LiveCard[] {
    const newlyOverdue: LiveCard[] = [];
    for (const batch of batches) {
      for (const message of batch.cards) {
        const next = withDefaults(message);
        const known = this.#all.get(next.id);
        if (known && !isNewer(known.versions, next.versions)) continue;
        if (known) this.#take(known);
        this.#put(next);
        if (next.light === "red" && known?.light !== "red" && this.#shows(next)) newlyOverdue.push(next);
      }
      for (const id of batch.removed) {
        const known = this.#all.get(id);
        if (known) this.#take(known);
        this.#all.delete(id);
      }
    }
    this.#changed();
    return newlyOverdue;
  }

  #put(card: LiveCard): void {
    this.#all.set(card.id, card);
    if (!this.#shows(card)) return;
    const lane = this.#lanes[card.stage];
    lane.cards.insert(card);
    lane.count(card, 1);
  }

  #take(card: LiveCard): void {
    const lane = this.#lanes[card.stage];
    if (lane.cards.remove(card)) lane.count(card, -1);
  }

  #relane(): void {
    const perStage = new Map<Stage, LiveCard[]>(STAGES.map((stage) => [stage, []]));
    for (const card of this.#all.values()) if (this.#shows(card)) perStage.get(card.stage)!.push(card);
    this.#lanes = this.#emptyLanes();
    for (const [stage, cards] of perStage) {
      const lane = this.#lanes[stage];
      for (const card of cards) lane.count(card, 1);
      lane.cards.fill(cards);
    }
    this.#changed();
  }

  #emptyLanes(): Record<Stage, Lane> {
    return Object.fromEntries(STAGES.map((stage) => [stage, new Lane()])) as Record<Stage, Lane>;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
