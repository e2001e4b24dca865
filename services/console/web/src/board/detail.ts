/** The case data of the drawer. */
import type { Card, Light, Stage } from "../contracts";

export interface Worded {
  zh: string;
  en: string;
}

export interface Named {
  id: string;
  name: string;
  name_en: string;
}

export interface CaseDispatch {
  id: string;
  unit: Named;
  role: string;
  status: string;
  due_at: string | null;
  provisional: boolean;
  light: Light;
  signed_at: string | null;
  return_request: { reason: string; note: string } | null;
}

export interface TimelineEntry {
  at: string;
  stage: Stage;
  type: string;
  text: Worded;
  by: Worded | null;
  note: string | null;
}

export interface CasePhoto {
  sha256: string;
  role: string;
  url: string;
  stage: Stage;
}

export interface CaseDetail extends Card {
  description: string | null;
  place: { address: string | null } | null;
  photos: CasePhoto[];
  dispatches: CaseDispatch[];
  timeline: TimelineEntry[];
}

export interface Candidate {
  unit_id: string;
  name: string;
  name_en: string;
  reason: Worded;
  excluded: boolean;
}

/** A team from the registry. Dispatches of a mobile team go to its convenor. */
export interface Team {
  kind: string;
  name: string;
  name_en: string;
  convenor: string;
  areas: string[];
}

export interface Decision {
  sequence: number;
  round: number;
  /** Null if a person must decide. */
  rule: string | null;
  list_version: number;
  chosen: string[];
  candidates: Candidate[];
  text: Worded;
}

export interface Explanation {
  decisions: Decision[];
}
