import { describe, expect, test } from "vitest";
import { Alarm, REPEAT_MS, SNOOZE_MS } from "../src/board/alarm";
import { fillIn } from "../src/board/card";
import { APART_MS, Coalescer } from "../src/board/coalescer";
import { Hand, HAND_REST_MS, waitingChanges } from "../src/board/hold";
import { commandOf, type Press } from "../src/board/keymap";
import { scrollToSee, sliceInSight } from "../src/board/windowing";
import { wireCard } from "./sample";

describe("windowing", () => {
  test("draws what is in sight and a little around it, never beyond the list", () => {
    expect(sliceInSight(0, 900, 90, 10_000)).toEqual({ first: 0, end: 12 });
    expect(sliceInSight(9_000, 900, 90, 10_000)).toEqual({ first: 98, end: 112 });
    expect(sliceInSight(9_000, 900, 90, 3)).toEqual({ first: 3, end: 3 });
    expect(sliceInSight(0, 900, 90, 0)).toEqual({ first: 0, end: 0 });
  });

  test("scrolls only as far as needed to see a card", () => {
    expect(scrollToSee(2, 0, 900, 90)).toBe(0);
    expect(scrollToSee(10, 0, 900, 90)).toBe(90);
    expect(scrollToSee(1, 500, 900, 90)).toBe(90);
  });
});

describe("the hand", () => {
  test("holds a lane while it moves inside, and lets go when it rests or leaves", () => {
    const hand = new Hand();
    hand.move(0);
    expect(hand.holds(0)).toBe(false);
    hand.enter(0);
    expect(hand.holds(HAND_REST_MS - 1)).toBe(true);
    expect(hand.holds(HAND_REST_MS)).toBe(false);
    hand.move(HAND_REST_MS);
    expect(hand.holds(HAND_REST_MS + 1)).toBe(true);
    hand.leave();
    expect(hand.holds(HAND_REST_MS + 1)).toBe(false);
  });

  test("counts what waits", () => {
    expect(waitingChanges(["a", "b"], ["a", "b"])).toBe(0);
    expect(waitingChanges(["a", "b"], ["c", "a"])).toBe(2);
    expect(waitingChanges(["a", "b"], ["b", "a"])).toBe(1);
  });
});

describe("coalescing", () => {
  test("fifty changes a second become four hand-overs", () => {
    let now = 0;
    let due: { at: number; what: () => void } | null = null;
    const handed: number[] = [];
    const coalescer = new Coalescer((batches) => handed.push(batches.length), {
      now: () => now,
      later: (what, wait) => (due = { at: now + wait, what }),
      frame: (what) => what(),
    });
    for (now = 0; now < 1_000; now += 20) {
      coalescer.add({ cards: [wireCard()], removed: [] });
      const timer = due as { at: number; what: () => void } | null;
      if (timer && timer.at <= now) {
        due = null;
        timer.what();
      }
    }
    expect(handed.length).toBeLessThanOrEqual(1 + 1_000 / APART_MS);
    expect(handed.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(30);
  });
});

describe("the alarm", () => {
  const breach = fillIn(wireCard({ light: "red" }));

  test("sounds at once, then every half minute, until dismissed", () => {
    const alarm = new Alarm();
    alarm.add([breach]);
    expect([alarm.toneDue(0), alarm.toneDue(1_000), alarm.toneDue(REPEAT_MS)]).toEqual([true, false, true]);
    alarm.dismiss();
    expect(alarm.visible(REPEAT_MS)).toBe(false);
  });

  test("a snooze quiets it for five minutes and loses nothing", () => {
    const alarm = new Alarm();
    alarm.add([breach]);
    alarm.snooze(0);
    alarm.add([fillIn(wireCard({ light: "red" }))]);
    expect(alarm.toneDue(SNOOZE_MS - 1)).toBe(false);
    expect(alarm.toneDue(SNOOZE_MS)).toBe(true);
    expect(alarm.cases).toHaveLength(2);
  });

  test("a case that somebody brought back from red leaves the banner", () => {
    const alarm = new Alarm();
    alarm.add([breach]);
    alarm.keep(() => false);
    expect(alarm.visible(0)).toBe(false);
  });
});

describe("keys", () => {
  const press = (key: string, changes: Partial<Press> = {}): Press => ({
    key, ctrlKey: false, altKey: false, metaKey: false, isComposing: false, typing: false, onCard: true, ...changes,
  });

  test("letters belong to the text while typing or composing Chinese", () => {
    expect(commandOf(press("j", { typing: true }), true)).toBeNull();
    expect(commandOf(press("j", { isComposing: true }), true)).toBeNull();
    expect(commandOf(press("Escape", { typing: true }), true)).toBe("close");
  });

  test("single letters can be switched off; arrows stay (WCAG 2.1.4)", () => {
    expect(commandOf(press("j"), true)).toBe("down");
    expect(commandOf(press("j"), false)).toBeNull();
    expect(commandOf(press("ArrowDown"), false)).toBe("down");
  });

  test("arrows are ours only on a card, and the browser's own shortcuts never", () => {
    expect(commandOf(press("ArrowDown", { onCard: false }), true)).toBeNull();
    expect(commandOf(press("u", { ctrlKey: true }), true)).toBeNull();
  });
});
