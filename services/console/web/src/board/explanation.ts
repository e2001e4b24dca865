/** Converts routing's explanation to one line per unit for the drawer, in both languages. */
import type { Candidate, Decision, Explanation } from "./detail";

/** A considered unit; it appears once per reason for or against it. */
export interface CandidateResponse {
  unit_id: string;
  unit_name: string;
  unit_name_en: string;
  excluded: boolean;
  reason: string;
  reason_en: string;
}

export interface DecisionResponse {
  sequence: number;
  round: number;
  /** Null if a person must decide. */
  rule: string | null;
  list_version: number;
  chosen: { unit_id: string; name: string; name_en: string; role: string }[];
  candidates: CandidateResponse[];
  explanation: string;
  explanation_en: string;
}

/** `GET /api/routing/cases/{id}/explanation`. */
export interface ExplanationResponse {
  decisions: DecisionResponse[];
}

export function toExplanation(response: ExplanationResponse): Explanation {
  return { decisions: response.decisions.map(decision) };
}

function decision(response: DecisionResponse): Decision {
  const { sequence, round, rule, list_version } = response;
  const text = { zh: response.explanation, en: response.explanation_en };
  const chosen = response.chosen.map((unit) => unit.unit_id);
  return { sequence, round, rule, list_version, chosen, candidates: candidates(response), text };
}

/** Picks one reason per unit: the first in favour, otherwise the first. Chosen units without a reason come last. */
function candidates(response: DecisionResponse): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { unit_id, unit_name, unit_name_en, excluded, reason, reason_en } of response.candidates) {
    const known = found.get(unit_id);
    if (known && (!known.excluded || excluded)) continue;
    found.set(unit_id, { unit_id, name: unit_name, name_en: unit_name_en, excluded, reason: { zh: reason, en: reason_en } });
  }
  for (const { unit_id, name, name_en } of response.chosen) {
    if (!found.has(unit_id)) found.set(unit_id, { unit_id, name, name_en, excluded: false, reason: { zh: "", en: "" } });
  }
  return [...found.values()];
}
