import { describe, expect, test } from "vitest";
import { byUrgency, withDefaults, isNewer } from "../src/board/card";
import { SortedCards } from "../src/board/sorted";
import { cardMessage } from "./sample";

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 23, 1, minute)).toISOString();

describe("a card", () => {
  test("gets the default values that the server omitted", () => {
    const card = withDefaults(cardMessage({ units: [{ id: "u1", name: "环卫所", name_en: "Sanitation" }], flags: { urged: true } }));
    expect(card.light).toBe("none");
    expect(card.units[0]?.role).toBe("lead");
    expect(card.flags.urged).toBe(true);
    expect(card.flags.rework).toBe(false);
    expect(card.versions.supervision).toBe(0);
  });

  test("is newer only if a service has a newer version", () => {
    const known = { intake: 2, routing: 1, dispatch: 3, supervision: 1 };
    expect(isNewer(known, known)).toBe(false);
    expect(isNewer(known, { ...known, dispatch: 4 })).toBe(true);
    expect(isNewer(known, { ...known, dispatch: 2 })).toBe(false);
  });
});

describe("urgency", () => {
  test("emergencies come first, then overdue cases, then the nearest deadline, then the oldest report", () => {
    const emergency = withDefaults(cardMessage({ emergency: true, due_at: at(50) }));
    const longOverdue = withDefaults(cardMessage({ light: "red", due_at: at(1) }));
    const overdue = withDefaults(cardMessage({ light: "red", due_at: at(5) }));
    const soon = withDefaults(cardMessage({ light: "yellow", due_at: at(10) }));
    const later = withDefaults(cardMessage({ light: "green", due_at: at(30) }));
    const oldWithoutClock = withDefaults(cardMessage({ reported_at: at(0) }));
    const newWithoutClock = withDefaults(cardMessage({ reported_at: at(9) }));
    const wanted = [emergency, longOverdue, overdue, soon, later, oldWithoutClock, newWithoutClock];
    expect([...wanted].reverse().sort(byUrgency)).toEqual(wanted);
  });

  test("an emergency on which nobody works any more is not pinned", () => {
    expect(withDefaults(cardMessage({ emergency: true, stage: "evaluation" })).rank).toBe(2);
  });

  test("a sorted lane stays in order after insertions and removals", () => {
    const lane = new SortedCards();
    const cards = Array.from({ length: 200 }, (_, index) => withDefaults(cardMessage({ due_at: at((index * 37) % 59) })));
    lane.fill(cards.slice(0, 100));
    cards.slice(100).forEach((card) => lane.insert(card));
    cards.filter((_, index) => index % 3 === 0).forEach((card) => expect(lane.remove(card)).toBe(true));
    const rest = cards.filter((_, index) => index % 3 !== 0).sort(byUrgency);
    expect(lane.items.map((card) => card.id)).toEqual(rest.map((card) => card.id));
    expect(lane.remove(cards[0]!)).toBe(false);
  });
});
