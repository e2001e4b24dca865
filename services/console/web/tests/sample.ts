/** Cards for tests: complete messages with default values for all fields that a test does not set. */
import type { CardMessage } from "../src/board/card";

let serial = 0;

export function cardMessage(changes: Partial<CardMessage> = {}): CardMessage {
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
