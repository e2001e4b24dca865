/** What an operator may do with a case from the board: who, when, and which call it is. */
import type { CardVersions } from "../contracts";
import type { LiveCard } from "./card";
import type { CaseDetail } from "./detail";

export type ActionName = "urge" | "order" | "decide" | "accept_return" | "refuse_return";

/** An action that is possible now. Each asks for a reason in words; the server asks for it too. */
export interface Action {
  name: ActionName;
  path: string;
  /** The service whose version the person saw. */
  service: keyof CardVersions;
  /** The dispatch it is about, when a case has several. */
  unit?: { name: string; name_en: string };
}

const MAY: Record<ActionName, readonly string[]> = {
  urge: ["dispatcher", "shift_lead", "leader"],
  order: ["dispatcher", "shift_lead", "leader"],
  decide: ["dispatcher", "shift_lead"],
  accept_return: ["dispatcher", "shift_lead"],
  refuse_return: ["dispatcher", "shift_lead"],
};

export function actionsOf(card: LiveCard, detail: CaseDetail | null, roles: readonly string[]): Action[] {
  const may = (name: ActionName): boolean => MAY[name].some((role) => roles.includes(role));
  const actions: Action[] = [];
  if (may("decide") && card.status === "awaiting_dispatch") {
    actions.push({ name: "decide", path: `/api/routing/cases/${card.id}/decision`, service: "routing" });
  }
  for (const dispatch of detail?.dispatches ?? []) {
    if (!dispatch.return_request) continue;
    const answer = (name: "accept_return" | "refuse_return"): Action => ({
      name,
      path: `/api/dispatch/dispatches/${dispatch.id}/${name.replace("_", "-")}`,
      service: "dispatch",
      unit: dispatch.unit,
    });
    if (may("accept_return")) actions.push(answer("accept_return"), answer("refuse_return"));
  }
  if (card.units.length > 0 && ["command", "handling", "supervision"].includes(card.stage)) {
    if (may("urge")) actions.push({ name: "urge", path: `/api/supervision/cases/${card.id}/urge`, service: "supervision" });
    if (may("order")) {
      actions.push({ name: "order", path: `/api/supervision/cases/${card.id}/order`, service: "supervision" });
    }
  }
  return actions;
}

export interface Answers {
  text: string;
  lead: string;
  co: readonly string[];
}

/** The body each call wants. */
export function bodyOf(name: ActionName, answers: Answers): Record<string, unknown> {
  if (name === "decide") return { lead: answers.lead, co: answers.co, reason: answers.text };
  if (name === "accept_return" || name === "refuse_return") return { note: answers.text };
  return { text: answers.text };
}
