/** Cards for tests: complete on the wire's terms, with only what a test cares about set. */
import type { WireCard } from "../src/board/card";

let serial = 0;

export function wireCard(changes: Partial<WireCard> = {}): WireCard {
  serial += 1;
  return {
    id: `00000000-0000-7000-8000-${String(serial).padStart(12, "0")}`,
    case_number: `LJ-20261123-${String(serial).padStart(6, "0")}`,
    stage: "handling",
    status: "handling",
    channel: "hotline",
    reported_at: "2026-11-23T00:00:00Z",
    updated_at: "2026-11-23T00:00:00Z",
    ...changes,
  };
}
