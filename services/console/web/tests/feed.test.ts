import { beforeEach, describe, expect, test } from "vitest";
import { Feed, SILENCE_MS, type FeedState, type Stream } from "../src/board/feed";
import type { Batch } from "../src/board/store";

/** A fake server and a fake clock that the test controls. */
class World {
  now = 0;
  timers: { at: number; what: () => void }[] = [];
  streams: PlayedStream[] = [];
  asked: string[] = [];
  states: FeedState[] = [];
  batches: Batch[] = [];
  snapshots = 0;
  renewals = 0;
  answer: (path: string) => unknown = () => ({ epoch: "e1", seq: 5, server_time: "2026-11-23T00:00:00Z", cards: [] });

  feed = new Feed(
    {
      open: (path) => {
        const stream = new PlayedStream(path);
        this.streams.push(stream);
        return stream;
      },
      get: async <Answer>(path: string) => {
        this.asked.push(path);
        return this.answer(path) as Answer;
      },
      renew: async () => {
        this.renewals += 1;
        return true;
      },
      now: () => this.now,
      later: (what, wait) => {
        const timer = { at: this.now + wait, what };
        this.timers.push(timer);
        return timer;
      },
      cancel: (timer) => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
      random: () => 0,
    },
    {
      snapshot: () => (this.snapshots += 1),
      batch: (batch) => this.batches.push(batch),
      serverTime: () => undefined,
      state: (state) => this.states.push(state),
    },
  );

  get stream(): PlayedStream {
    return this.streams.at(-1)!;
  }

  /** Lets promises settle and every timer up to `milliseconds` from now fire, in order. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.now + milliseconds;
    for (;;) {
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      const next = this.timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.now = next.at;
      next.what();
    }
    this.now = until;
  }
}

class PlayedStream implements Stream {
  onopen: ((event: never) => unknown) | null = null;
  onerror: ((event: never) => unknown) | null = null;
  closed = false;
  #listeners = new Map<string, (event: { data: string }) => void>();
  constructor(readonly path: string) {}
  addEventListener(type: string, listener: (event: { data: string }) => void): void {
    this.#listeners.set(type, listener);
  }
  close(): void {
    this.closed = true;
  }
  say(type: string, data: unknown = {}): void {
    this.#listeners.get(type)?.({ data: JSON.stringify(data) });
  }
  fail(): void {
    this.onerror?.(undefined as never);
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

describe("the feed", () => {
  test("loads a snapshot, then streams from its sequence number", async () => {
    world.feed.start();
    await world.pass(0);
    expect(world.snapshots).toBe(1);
    expect(world.stream.path).toBe("/api/tracking/board/stream?since=e1.5");
    world.stream.say("hb", { seq: 5, server_time: "2026-11-23T00:00:10Z" });
    expect(world.states).toEqual(["live"]);
  });

  test("opens a new stream after an error, from the last sequence number, with a renewed token", async () => {
    world.feed.start();
    await world.pass(0);
    world.stream.say("batch", { seq: 9, cards: [], removed: ["x"] });
    world.stream.fail();
    expect(world.states.at(-1)).toBe("reconnecting");
    await world.pass(1_000);
    expect(world.renewals).toBe(1);
    expect(world.streams).toHaveLength(2);
    expect(world.stream.path).toContain("since=e1.9");
    expect(world.snapshots).toBe(1);
  });

  test("waits longer after every failure, at most half a minute, and never gives up", async () => {
    world.answer = () => {
      throw { status: 503 };
    };
    world.feed.start();
    await world.pass(60_000);
    const inTheFirstMinute = world.asked.length;
    await world.pass(600_000);
    expect(inTheFirstMinute).toBeLessThan(9);
    expect(world.asked.length - inTheFirstMinute).toBeGreaterThanOrEqual(20);
  });

  test("becomes stale and reconnects when the stream stops without an error", async () => {
    world.feed.start();
    await world.pass(0);
    world.stream.say("hb", { seq: 5, server_time: "2026-11-23T00:00:00Z" });
    const silent = world.stream;
    await world.pass(SILENCE_MS + 10_000);
    expect(world.states).toContain("stale");
    expect(silent.closed).toBe(true);
    expect(world.streams.length).toBeGreaterThan(1);
    world.stream.say("hb", { seq: 6, server_time: "2026-11-23T00:01:00Z" });
    expect(world.states.at(-1)).toBe("live");
  });

  test("loads a new snapshot on reset", async () => {
    world.feed.start();
    await world.pass(0);
    world.stream.say("reset");
    await world.pass(1_000);
    expect(world.snapshots).toBe(2);
  });

  test("polls after three streams without a message, and tries the stream again later", async () => {
    world.feed.start();
    await world.pass(0);
    world.answer = (path) => (path.includes("changes") ? { seq: 6, cards: [], removed: ["y"] } : undefined);
    while (world.states.at(-1) !== "polling") {
      if (!world.stream.closed) world.stream.fail();
      await world.pass(1_000);
    }
    expect(world.batches.at(-1)).toEqual({ cards: [], removed: ["y"] });
    const streams = world.streams.length;
    await world.pass(70_000);
    expect(world.streams.length).toBe(streams + 1);
  });

  test("loads a snapshot if the epoch has changed while it polls", async () => {
    world.feed.start();
    await world.pass(0);
    world.answer = (path) => {
      if (path.includes("changes")) throw { status: 410 };
      return { epoch: "e2", seq: 1, server_time: "2026-11-23T00:00:00Z", cards: [] };
    };
    while (world.snapshots < 2) {
      if (!world.stream.closed) world.stream.fail();
      await world.pass(1_000);
    }
    const asked = world.asked.length;
    await world.pass(10_000);
    expect(world.asked.length - asked).toBeLessThan(20);
  });

  test("ignores messages of a stream that was replaced", async () => {
    world.feed.start();
    await world.pass(0);
    const old = world.stream;
    old.fail();
    await world.pass(2_000);
    old.say("batch", { seq: 99, cards: [], removed: ["z"] });
    expect(world.batches).toEqual([]);
  });
});
