/** Actions on a case from the board: roles, conditions and API calls. */
import type { CardVersions } from "../contracts";
import type { LiveCard } from "./card";
import type { Candidate, CaseDetail, Team } from "./detail";

export type ActionName =
  | "urge" | "order" | "decide" | "send_back" | "accept_return" | "refuse_return" | "first_response" | "call_off";

/** An action that is possible now. Each needs a reason, which the server requires too. */
export interface Action {
  name: ActionName;
  path: string;
  /** The service whose version is sent with the action. */
  service: keyof CardVersions;
  /** The dispatch of the action, if the case has several. */
  unit?: { name: string; name_en: string };
  /** Units that may be chosen. */
  candidates?: Candidate[];
}

const ROLES_OF_ACTION: Record<ActionName, readonly string[]> = {
  urge: ["dispatcher", "shift_lead", "leader"],
  order: ["dispatcher", "shift_lead", "leader"],
  decide: ["dispatcher", "shift_lead"],
  send_back: ["dispatcher", "shift_lead"],
  accept_return: ["dispatcher", "shift_lead"],
  refuse_return: ["dispatcher", "shift_lead"],
  first_response: ["dispatcher", "shift_lead"],
  call_off: ["dispatcher", "shift_lead"],
};

/** Reasons for sending a case back to the acceptance desk, as routing defines them. */
export const SEND_BACK_REASONS = ["wrong_category", "wrong_place", "outside_area", "untrue", "duplicate", "unclear", "conditions_missing"] as const;

const OPEN_STAGES = ["command", "handling", "supervision"];
/** Statuses of dispatches that are no longer in progress. */
const ENDED_STATUSES = ["completed", "returned", "withdrawn", "released"];

/** True if the person may request first response and therefore needs the list of mobile teams. */
export const mayRequestFirstResponse = (roles: readonly string[]): boolean => ROLES_OF_ACTION.first_response.some((role) => roles.includes(role));

/** Mobile teams of the place without a dispatch of the case. */
function mobile(card: LiveCard, detail: CaseDetail | null, teams: readonly Team[]): Candidate[] {
  const area = card.grid_code ?? card.community ?? "";
  const engaged = (detail?.dispatches ?? []).filter((each) => !ENDED_STATUSES.includes(each.status)).map((each) => each.unit.id);
  return teams
    .filter((team) => team.kind === "mobile" && team.areas.some((prefix) => area.startsWith(prefix)))
    .filter((team) => !engaged.includes(team.convenor))
    .map(({ convenor, name, name_en }) => ({ unit_id: convenor, name, name_en, reason: { zh: "", en: "" }, excluded: false }));
}

export function actionsOf(
  card: LiveCard,
  detail: CaseDetail | null,
  roles: readonly string[],
  teams: readonly Team[] = [],
): Action[] {
  const may = (name: ActionName): boolean => ROLES_OF_ACTION[name].some((role) => roles.includes(role));
  const actions: Action[] = [];
  if (may("decide") && card.status === "awaiting_dispatch") {
    actions.push({ name: "decide", path: `/api/routing/cases/${card.id}/decision`, service: "routing" });
  }
  if (may("send_back") && card.status === "awaiting_dispatch") {
    actions.push({ name: "send_back", path: `/api/routing/cases/${card.id}/send-back`, service: "routing" });
  }
  const candidates = mobile(card, detail, teams);
  if (may("first_response") && OPEN_STAGES.includes(card.stage) && candidates.length > 0) {
    actions.push({ name: "first_response", path: `/api/routing/cases/${card.id}/first-response`, service: "routing", candidates });
  }
  for (const dispatch of detail?.dispatches ?? []) {
    if (may("call_off") && dispatch.role === "first_response" && !ENDED_STATUSES.includes(dispatch.status)) {
      const path = `/api/routing/cases/${card.id}/handovers/${dispatch.id}/cancel`;
      actions.push({ name: "call_off", path, service: "routing", unit: dispatch.unit });
    }
    if (!dispatch.return_request) continue;
    const answer = (name: "accept_return" | "refuse_return"): Action => ({
      name,
      path: `/api/dispatch/dispatches/${dispatch.id}/${name.replace("_", "-")}`,
      service: "dispatch",
      unit: dispatch.unit,
    });
    if (may("accept_return")) actions.push(answer("accept_return"), answer("refuse_return"));
  }
  const inProgress = OPEN_STAGES.includes(card.stage);
  if (inProgress && card.units.length > 0 && may("urge")) {
    actions.push({ name: "urge", path: `/api/supervision/cases/${card.id}/urge`, service: "supervision" });
  }
  // While no unit has the case, the supervision order goes to the officer or desk that must act.
  if ((inProgress || card.stage === "acceptance") && may("order")) {
    actions.push({ name: "order", path: `/api/supervision/cases/${card.id}/order`, service: "supervision" });
  }
  return actions;
}

export interface Answers {
  text: string;
  lead: string;
  co: readonly string[];
  reason: string;
}

/** Request body of each action. */
export function bodyOf(name: ActionName, answers: Answers): Record<string, unknown> {
  if (name === "decide") return { lead: answers.lead, co: answers.co, reason: answers.text };
  if (name === "send_back") return { reason: answers.reason, note: answers.text };
  if (name === "accept_return" || name === "refuse_return") return { note: answers.text };
  if (name === "first_response") return { unit_id: answers.lead, reason: answers.text };
  if (name === "call_off") return { reason: answers.text };
  return { text: answers.text };
}
