import { expect, test } from "vitest";
import { actionsOf, bodyOf } from "../src/board/actions";
import { withDefaults } from "../src/board/card";
import type { CaseDetail, Team } from "../src/board/detail";
import { cardMessage } from "./sample";

const HERE: Team = { kind: "mobile", name: "机动组", name_en: "Mobile team", convenor: "mobile", areas: ["370522"] };
const TEAMS = [HERE, { ...HERE, convenor: "elsewhere", areas: ["370500"] }, { ...HERE, kind: "joint", convenor: "street" }];
const card = withDefaults(cardMessage({ stage: "command", status: "awaiting_dispatch", grid_code: "370522001004007" }));

function detail(role: string, status: string): CaseDetail {
  const unit = { id: "mobile", name: "机动组", name_en: "Mobile team" };
  return { dispatches: [{ id: "d", unit, role, status, return_request: null }] } as unknown as CaseDetail;
}

test("a mobile team of the place can be sent, also before a unit is chosen", () => {
  const sent = actionsOf(card, null, ["dispatcher"], TEAMS).find((each) => each.name === "first_response");
  expect(sent?.candidates?.map((each) => each.unit_id)).toEqual(["mobile"]);
  expect(sent?.path).toBe(`/api/routing/cases/${card.id}/first-response`);
  expect(bodyOf("first_response", { text: "near a school", lead: "mobile", co: [], reason: "" })).toEqual({
    unit_id: "mobile",
    reason: "near a school",
  });
  expect(actionsOf(card, null, ["leader"], TEAMS).some((each) => each.name === "first_response")).toBe(false);
});

test("a team that is still at work is not sent again, and can be called off with a reason", () => {
  const names = (status: string): string[] =>
    actionsOf(card, detail("first_response", status), ["dispatcher"], TEAMS).map((each) => each.name);
  expect(names("handling")).toEqual(["decide", "send_back", "call_off", "order"]);
  expect(names("completed")).toEqual(["decide", "send_back", "first_response", "order"]);
  expect(actionsOf(card, detail("first_response", "handling"), ["dispatcher"])[2]?.path).toBe(
    `/api/routing/cases/${card.id}/handovers/d/cancel`,
  );
  expect(bodyOf("call_off", { text: "false alarm", lead: "", co: [], reason: "" })).toEqual({ reason: "false alarm" });
});

const names = (shown: Parameters<typeof cardMessage>[0], role: string): string[] =>
  actionsOf(withDefaults(cardMessage(shown)), null, [role]).map((each) => each.name);

test("a case that awaits dispatch is decided, or sent back to the desk with the error", () => {
  const waiting = { stage: "command", status: "awaiting_dispatch" } as const;
  expect(names(waiting, "dispatcher")).toEqual(["decide", "send_back", "order"]);
  expect(names(waiting, "leader")).toEqual(["order"]);
  expect(names(waiting, "intake_clerk")).toEqual([]);
  const answers = { text: "看不清", lead: "", co: [], reason: "unclear" };
  expect(bodyOf("send_back", answers)).toEqual({ reason: "unclear", note: "看不清" });
});

test("a supervision order needs no unit, a reminder does", () => {
  expect(names({ stage: "acceptance", status: "verifying" }, "leader")).toEqual(["order"]);
  const units = [{ id: "u1", name: "环卫所", name_en: "Sanitation" }];
  expect(names({ stage: "handling", status: "handling", units }, "leader")).toEqual(["urge", "order"]);
  expect(names({ stage: "evaluation", status: "closed", units }, "leader")).toEqual([]);
});
