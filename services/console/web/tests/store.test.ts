import { beforeEach, describe, expect, test } from "vitest";
import { noFilters, predicate } from "../src/board/filters";
import { BoardStore } from "../src/board/store";
import { cardMessage } from "./sample";

let store: BoardStore;
beforeEach(() => {
  store = new BoardStore();
});

const v = (supervision: number) => ({ versions: { supervision } });

describe("the store", () => {
  test("moves a card to its new lane and keeps the counts", () => {
    const card = cardMessage({ light: "yellow", ...v(1) });
    store.replace([card, cardMessage()]);
    store.apply([{ cards: [{ ...card, stage: "supervision", light: "green", ...v(2) }], removed: [] }]);
    expect(store.counts("handling")).toEqual({ total: 1, red: 0, yellow: 0 });
    expect(store.counts("supervision")).toEqual({ total: 1, red: 0, yellow: 0 });
    expect(store.lane("supervision")[0]?.id).toBe(card.id);
  });

  test("ignores a card whose versions are not newer", () => {
    const card = cardMessage({ light: "red", ...v(3) });
    store.replace([card]);
    store.apply([{ cards: [{ ...card, light: "green", ...v(3) }, { ...card, light: "green", ...v(2) }], removed: [] }]);
    expect(store.get(card.id)?.light).toBe("red");
  });

  test("returns each card that became overdue once", () => {
    const card = cardMessage({ light: "yellow", ...v(1) });
    store.replace([card]);
    const red = { cards: [{ ...card, light: "red" as const, ...v(2) }], removed: [] };
    expect(store.apply([red]).map((breach) => breach.id)).toEqual([card.id]);
    expect(store.apply([red])).toEqual([]);
  });

  test("removes cards, and ignores removals of cards that it never had", () => {
    const card = cardMessage();
    store.replace([card]);
    store.apply([{ cards: [], removed: [card.id, "unknown"] }]);
    expect(store.size).toBe(0);
    expect(store.counts("handling").total).toBe(0);
  });

  test("a filter hides cards without removing them, and a changed card can pass it", () => {
    const card = cardMessage({ light: "green", ...v(1) });
    store.replace([card, cardMessage({ light: "red" })]);
    store.filter(predicate({ ...noFilters(), light: ["red"] }));
    expect([store.size, store.shown]).toEqual([2, 1]);
    store.apply([{ cards: [{ ...card, light: "red", ...v(2) }], removed: [] }]);
    expect(store.shown).toBe(2);
    store.apply([{ cards: [{ ...card, light: "green", ...v(3) }], removed: [] }]);
    expect(store.shown).toBe(1);
  });

  test("notifies its listeners once per batch, however many cards it has", () => {
    let calls = 0;
    const end = store.subscribe(() => (calls += 1));
    store.apply([{ cards: Array.from({ length: 50 }, () => cardMessage()), removed: [] }, { cards: [cardMessage()], removed: [] }]);
    expect(calls).toBe(1);
    end();
    store.apply([{ cards: [cardMessage()], removed: [] }]);
    expect(calls).toBe(1);
  });
});
