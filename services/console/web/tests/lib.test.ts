import { describe, expect, test } from "vitest";
import { Api, ApiError, newKey } from "../src/lib/api";
import { translator } from "../src/lib/catalogue";
import { ServerClock } from "../src/lib/clock";
import { clockTime, duration, shareUsed, shortTime } from "../src/lib/duration";
import { Session } from "../src/lib/session";

describe("time", () => {
  test("a duration shows two neighbouring units", () => {
    const minute = 60_000;
    expect(duration(125 * minute, "zh-CN")).toBe("2时05分");
    expect(duration(-(12 * minute + 5_000), "zh-CN")).toBe("12分05秒");
    expect(duration(76 * 60 * minute, "en")).toBe("3d 04h");
    expect(duration(47 * 60 * minute, "en")).toBe("47h 00m");
  });

  test("instants are shown in the district's time zone, not the computer's", () => {
    const moment = Date.parse("2026-11-23T16:30:05Z");
    expect(clockTime(moment)).toBe("00:30:05");
    expect(shortTime(moment, moment + 60_000)).toBe("00:30");
    expect(shortTime(moment, Date.parse("2026-11-30T00:00:00Z"))).toBe("11-24 00:30");
    expect(shortTime(moment, Date.parse("2027-01-30T00:00:00Z"))).toBe("2026-11-24 00:30");
  });

  test("the used share is between 0 and 1", () => {
    expect(shareUsed(0, 100, 50)).toBe(0.5);
    expect(shareUsed(0, 100, 500)).toBe(1);
    expect(shareUsed(null, 100, 50)).toBeNull();
  });

  test("countdowns follow the server's clock", () => {
    const clock = new ServerClock(() => 1_000);
    clock.set("1970-01-01T00:01:00Z");
    expect(clock.now()).toBe(60_000);
  });
});

describe("texts", () => {
  const t = translator({ cases: "{count} cases", "cases.one": "{count} case", plain: "Board" });

  test("contain their parameters, with a separate text for a count of 1", () => {
    expect([t("cases", { count: 2 }), t("cases", { count: 1 }), t("plain")]).toEqual(["2 cases", "1 case", "Board"]);
  });

  test("a missing text shows its key", () => {
    expect(t("nowhere")).toBe("nowhere");
  });
});

const json = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status });

describe("API calls", () => {
  test("renew the token once on 401 and repeat with the same idempotency key", async () => {
    const keys: (string | null)[] = [];
    const answers = [json(401, {}), json(200, { done: true })];
    const api = new Api("en", async () => true, async (_path, request) => {
      keys.push(new Headers(request?.headers).get("Idempotency-Key"));
      return answers.shift()!;
    });
    const change = { body: {}, idempotencyKey: newKey(), ifMatch: 4 };
    expect(await api.post("/api/x", change)).toEqual({ done: true });
    expect(keys).toEqual([change.idempotencyKey, change.idempotencyKey]);
  });

  test("send the version that the person saw, the language and the CSRF header", async () => {
    let headers = new Headers();
    const api = new Api("en", async () => true, async (_path, request) => {
      headers = new Headers(request?.headers);
      return json(200, {});
    });
    await api.post("/api/x", { body: {}, idempotencyKey: "k", ifMatch: 4 });
    expect(headers.get("If-Match")).toBe('"4"');
    expect(headers.get("Accept-Language")).toBe("en");
    expect(headers.get("X-Gridloop-CSRF")).toBe("1");
  });

  test("turn problem responses into errors with the server's text, and an unreachable server into status 0", async () => {
    const refused = new Api("en", async () => true, async () => json(409, { title: "Conflict", detail: "Signed by 李." }));
    await expect(refused.get("/api/x")).rejects.toThrow("Signed by 李.");
    const unreachable = new Api("en", async () => true, () => Promise.reject(new TypeError("failed")));
    const error = (await unreachable.get("/api/x").catch((reason: unknown) => reason)) as ApiError;
    expect(error.problem.status).toBe(0);
  });

  test("use version 4 UUIDs as idempotency keys", () => {
    expect(newKey()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe("the session", () => {
  test("renews the token a minute before its end, and reports the end of the session", async () => {
    const waits: number[] = [];
    let ended = 0;
    const answers = [json(200, { expires_at: "1970-01-01T00:05:00Z" }), json(401, {})];
    const session = new Session({
      send: async () => answers.shift()!,
      now: () => 0,
      later: (_what, wait) => waits.push(wait),
      renewed: () => undefined,
      ended: () => (ended += 1),
    });
    expect(await session.renew()).toBe(true);
    expect(waits).toEqual([240_000]);
    expect(await session.renew()).toBe(false);
    expect(ended).toBe(1);
  });

  test("concurrent calls share one renewal", async () => {
    let calls = 0;
    const session = new Session({
      send: async () => {
        calls += 1;
        return json(200, { expires_at: "1970-01-01T00:05:00Z" });
      },
      now: () => 0,
      later: () => undefined,
      renewed: () => undefined,
      ended: () => undefined,
    });
    await Promise.all([session.renew(), session.renew()]);
    expect(calls).toBe(1);
  });
});
