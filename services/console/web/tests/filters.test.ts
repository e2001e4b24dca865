import { describe, expect, test } from "vitest";
import { withDefaults } from "../src/board/card";
import { isFiltered, marksOf, noFilters, predicate, readFilters, toggled, writeFilters } from "../src/board/filters";
import { BUILT_IN, countViews, filtersOf, savedViews } from "../src/board/views";
import { cardMessage } from "./sample";

describe("filters", () => {
  test("are read from the address as they were written, and do not change its other parameters", () => {
    const address = new URLSearchParams("case=LJ-1&unit=old");
    const filters = { ...noFilters(), q: "井盖", mode: "exercise" as const, light: ["red", "yellow"], unit: ["u1"] };
    writeFilters(filters, address);
    expect(address.get("case")).toBe("LJ-1");
    expect(readFilters(address)).toEqual(filters);
  });

  test("within a facet any value suffices, between facets all must match", () => {
    const card = withDefaults(cardMessage({ light: "red", community: "津苑" }));
    const shows = (changes: object): boolean => predicate({ ...noFilters(), ...changes })(card);
    expect(shows({ light: ["red", "yellow"] })).toBe(true);
    expect(shows({ light: ["red"], community: ["文昌"] })).toBe(false);
    expect(shows({ light: ["red"], community: ["文昌", "津苑"] })).toBe(true);
  });

  test("the search finds number, text, place, category and unit in both languages, and every word must match", () => {
    const card = withDefaults(
      cardMessage({
        title: "井盖丢失",
        grid_name: "利城07",
        category: { id: "c", name: "污水井盖", name_en: "Sewer manhole cover" },
        units: [{ id: "u", name: "市政所", name_en: "Works office" }],
      }),
    );
    const finds = (q: string): boolean => predicate({ ...noFilters(), q })(card);
    expect(finds("井盖 利城")).toBe(true);
    expect(finds("MANHOLE works")).toBe(true);
    expect(finds("井盖 文昌")).toBe(false);
  });

  test("a filter shows cases of one mode only", () => {
    expect(predicate(noFilters())(withDefaults(cardMessage({ mode: "exercise" })))).toBe(false);
  });

  test("a value is added and removed by toggling", () => {
    const once = toggled(noFilters(), "light", "red");
    expect(isFiltered(once)).toBe(true);
    expect(isFiltered(toggled(once, "light", "red"))).toBe(false);
  });

  test("a card has a mark for each of its special facts", () => {
    const card = withDefaults(cardMessage({ emergency: true, flags: { ordered: true, attached_count: 3 } }));
    expect(marksOf(card)).toEqual(["emergency", "ordered", "attached"]);
  });
});

describe("views", () => {
  test("count the cards that they would show", () => {
    const cards = [
      withDefaults(cardMessage({ light: "red" })),
      withDefaults(cardMessage({ light: "red", mode: "test" })),
      withDefaults(cardMessage({ status: "awaiting_dispatch", stage: "command" })),
    ];
    const counts = countViews(BUILT_IN, cards, "actual");
    expect(counts[BUILT_IN.findIndex((view) => view.name === "view.all")]).toBe(2);
    expect(counts[BUILT_IN.findIndex((view) => view.name === "view.overdue")]).toBe(1);
    expect(counts[BUILT_IN.findIndex((view) => view.name === "view.to_decide")]).toBe(1);
  });

  test("a view stored by another version does not break the page", () => {
    expect(savedViews({ getItem: () => "{not json" })).toEqual([]);
    expect(savedViews({ getItem: () => '[{"name":"夜班","query":"light=red"},{"bad":1}]' })).toHaveLength(1);
    expect(filtersOf({ name: "夜班", query: "light=red" }).light).toEqual(["red"]);
  });
});
