/** Converts routing's explanation to one line per unit for the drawer, in both languages. */
import type { Candidate, Decision, Explanation } from "./detail";

/** A considered unit; it appears once per reason for or against it. */
export interface ToldCandidate {
  unit_id: string;
  unit_name: string;
  unit_name_en: string;
  excluded: boolean;
  reason: string;
  reason_en: string;
}

export interface ToldDecision {
  sequence: number;
  round: number;
  /** Null if a person must decide. */
  rule: string | null;
  list_version: number;
  chosen: { unit_id: string; name: string; name_en: string; role: string }[];
  candidates: ToldCandidate[];
  explanation: string;
  explanation_en: string;
}

/** `GET /api/routing/cases/{id}/explanation`. */
export interface Told {
  decisions: ToldDecision[];
}

export function explained(told: Told): Explanation {
  return { decisions: told.decisions.map(decision) };
}

function decision(told: ToldDecision): Decision {
  const { sequence, round, rule, list_version } = told;
  const text = { zh: told.explanation, en: told.explanation_en };
  const chosen = told.chosen.map((unit) => unit.unit_id);
  return { sequence, round, rule, list_version, chosen, candidates: candidates(told), text };
}

/** Picks one reason per unit: the first in favour, otherwise the first. Chosen units without a reason come last. */
function candidates(told: ToldDecision): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { unit_id, unit_name, unit_name_en, excluded, reason, reason_en } of told.candidates) {
    const known = found.get(unit_id);
    if (known && (!known.excluded || excluded)) continue;
    found.set(unit_id, { unit_id, name: unit_name, name_en: unit_name_en, excluded, reason: { zh: reason, en: reason_en } });
  }
  for (const { unit_id, name, name_en } of told.chosen) {
    if (!found.has(unit_id)) found.set(unit_id, { unit_id, name, name_en, excluded: false, reason: { zh: "", en: "" } });
  }
  return [...found.values()];
}
