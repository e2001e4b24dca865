import { describe, expect, test } from "vitest";
import { Alarm, REPEAT_MS, SNOOZE_MS } from "../src/board/alarm";
import { withDefaults } from "../src/board/card";
import { DELIVERY_INTERVAL_MS, Coalescer } from "../src/board/coalescer";
import { LanePause, PAUSE_MS, waitingChanges } from "../src/board/pause";
import { commandOf, type Press } from "../src/board/keymap";
import { scrollToShow, visibleSlice } from "../src/board/windowing";
import { cardMessage } from "./sample";

describe("windowing", () => {
  test("renders the visible cards and some around them, never beyond the list", () => {
    expect(visibleSlice(0, 900, 90, 10_000)).toEqual({ first: 0, end: 12 });
    expect(visibleSlice(9_000, 900, 90, 10_000)).toEqual({ first: 98, end: 112 });
    expect(visibleSlice(9_000, 900, 90, 3)).toEqual({ first: 3, end: 3 });
    expect(visibleSlice(0, 900, 90, 0)).toEqual({ first: 0, end: 0 });
  });

  test("scrolls only as far as needed to see a card", () => {
    expect(scrollToShow(2, 0, 900, 90)).toBe(0);
    expect(scrollToShow(10, 0, 900, 90)).toBe(90);
    expect(scrollToShow(1, 500, 900, 90)).toBe(90);
  });
});

describe("the pause of a lane", () => {
  test("lasts while the pointer moves in the lane, and ends when it rests or leaves", () => {
    const pause = new LanePause();
    pause.move(0);
    expect(pause.isActive(0)).toBe(false);
    pause.enter(0);
    expect(pause.isActive(PAUSE_MS - 1)).toBe(true);
    expect(pause.isActive(PAUSE_MS)).toBe(false);
    pause.move(PAUSE_MS);
    expect(pause.isActive(PAUSE_MS + 1)).toBe(true);
    pause.leave();
    expect(pause.isActive(PAUSE_MS + 1)).toBe(false);
  });

  test("counts the waiting changes", () => {
    expect(waitingChanges(["a", "b"], ["a", "b"])).toBe(0);
    expect(waitingChanges(["a", "b"], ["c", "a"])).toBe(2);
    expect(waitingChanges(["a", "b"], ["b", "a"])).toBe(1);
  });
});

describe("coalescing", () => {
  test("fifty changes a second are delivered in four batches", () => {
    let now = 0;
    let due: { at: number; what: () => void } | null = null;
    const handed: number[] = [];
    const coalescer = new Coalescer((batches) => handed.push(batches.length), {
      now: () => now,
      later: (what, wait) => (due = { at: now + wait, what }),
      frame: (what) => what(),
    });
    for (now = 0; now < 1_000; now += 20) {
      coalescer.add({ cards: [cardMessage()], removed: [] });
      const timer = due as { at: number; what: () => void } | null;
      if (timer && timer.at <= now) {
        due = null;
        timer.what();
      }
    }
    expect(handed.length).toBeLessThanOrEqual(1 + 1_000 / DELIVERY_INTERVAL_MS);
    expect(handed.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(30);
  });
});

describe("the alarm", () => {
  const breach = withDefaults(cardMessage({ light: "red" }));

  test("sounds at once, then every half minute, until dismissed", () => {
    const alarm = new Alarm();
    alarm.add([breach]);
    expect([alarm.toneDue(0), alarm.toneDue(1_000), alarm.toneDue(REPEAT_MS)]).toEqual([true, false, true]);
    alarm.dismiss();
    expect(alarm.visible(REPEAT_MS)).toBe(false);
  });

  test("a snooze mutes it for five minutes, and new cases stay in the banner", () => {
    const alarm = new Alarm();
    alarm.add([breach]);
    alarm.snooze(0);
    alarm.add([withDefaults(cardMessage({ light: "red" }))]);
    expect(alarm.toneDue(SNOOZE_MS - 1)).toBe(false);
    expect(alarm.toneDue(SNOOZE_MS)).toBe(true);
    expect(alarm.cases).toHaveLength(2);
  });

  test("a case that is no longer overdue leaves the banner", () => {
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

  test("letters are text while somebody types or composes Chinese", () => {
    expect(commandOf(press("j", { typing: true }), true)).toBeNull();
    expect(commandOf(press("j", { isComposing: true }), true)).toBeNull();
    expect(commandOf(press("Escape", { typing: true }), true)).toBe("close");
  });

  test("single letters can be switched off, arrows cannot (WCAG 2.1.4)", () => {
    expect(commandOf(press("j"), true)).toBe("down");
    expect(commandOf(press("j"), false)).toBeNull();
    expect(commandOf(press("ArrowDown"), false)).toBe("down");
  });

  test("arrows are commands only on a card, and the browser's shortcuts are never commands", () => {
    expect(commandOf(press("ArrowDown", { onCard: false }), true)).toBeNull();
    expect(commandOf(press("u", { ctrlKey: true }), true)).toBeNull();
  });
});
