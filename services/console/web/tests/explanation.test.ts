import { expect, test } from "vitest";
import { toExplanation, type CandidateResponse } from "../src/board/explanation";

const candidate = (unit_id: string, excluded: boolean, reason: string): CandidateResponse => ({
  unit_id,
  unit_name: unit_id,
  unit_name_en: unit_id.toUpperCase(),
  excluded,
  reason,
  reason_en: reason,
});

const response = (candidates: CandidateResponse[], chosen: string[], rule: string | null = "next_candidate") => ({
  decisions: [
    {
      sequence: 3,
      round: 2,
      rule,
      list_version: 17,
      chosen: chosen.map((unit_id) => ({ unit_id, name: unit_id, name_en: unit_id.toUpperCase(), role: "lead" })),
      candidates,
      explanation: "由 b 牵头。",
      explanation_en: "B leads.",
    },
  ],
});

test("a unit with several reasons has one line with the first reason in its favour", () => {
  const [shown] = toExplanation(response([candidate("a", true, "returned"), candidate("b", true, "x"), candidate("b", false, "owns"), candidate("b", false, "list")], ["b"])).decisions;
  expect(shown!.candidates.map((each) => [each.unit_id, each.excluded, each.reason.en])).toEqual([
    ["a", true, "returned"],
    ["b", false, "owns"],
  ]);
  expect(shown!.chosen).toEqual(["b"]);
  expect(shown!.text).toEqual({ zh: "由 b 牵头。", en: "B leads." });
});

test("a chosen unit that was no candidate, such as a co-unit, is shown too", () => {
  const [shown] = toExplanation(response([candidate("a", false, "list")], ["a", "co"])).decisions;
  expect(shown!.candidates.map((each) => each.name_en)).toEqual(["A", "CO"]);
});

test("without a rule nobody is chosen, because a person decides", () => {
  const [shown] = toExplanation(response([], [], null)).decisions;
  expect([shown!.rule, shown!.chosen, shown!.candidates]).toEqual([null, [], []]);
});
