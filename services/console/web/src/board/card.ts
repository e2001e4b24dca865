/** A card in the board's store: complete, with precomputed sort keys. */
import {
  CARD_DEFAULTS,
  CARD_FLAGS_DEFAULTS,
  CARD_UNIT_DEFAULTS,
  CARD_VERSIONS_DEFAULTS,
  type Card,
  type CardFlags,
  type CardUnit,
  type CardVersions,
  type Stage,
} from "../contracts";

export const STAGES: readonly Stage[] = [
  "discovery",
  "acceptance",
  "command",
  "handling",
  "supervision",
  "evaluation",
];

/** A card as it is sent: fields with default values are omitted. */
export type CardMessage = Pick<
  Card,
  "id" | "case_number" | "stage" | "status" | "channel" | "reported_at" | "updated_at"
> & {
  [Field in keyof typeof CARD_DEFAULTS]?: Field extends "flags"
    ? Partial<CardFlags>
    : Field extends "versions"
      ? Partial<CardVersions>
      : Field extends "units"
        ? (Omit<CardUnit, "role" | "status"> & Partial<CardUnit>)[]
        : Card[Field];
};

/** 0: emergencies and 1: overdue, both pinned to the top; 2: everything else. */
export type Rank = 0 | 1 | 2;

export interface LiveCard extends Card {
  readonly rank: Rank;
  /** Milliseconds since 1970; null while no clock runs. */
  readonly dueMs: number | null;
  readonly startedMs: number | null;
  readonly reportedMs: number;
}

function milliseconds(instant: string | null): number | null {
  return instant === null ? null : Date.parse(instant);
}

function rankOf(card: Card): Rank {
  if (card.emergency && card.stage !== "evaluation") return 0;
  return card.light === "red" ? 1 : 2;
}

/** Adds the omitted default values. */
export function withDefaults(message: CardMessage): LiveCard {
  const card: Card = {
    ...CARD_DEFAULTS,
    ...message,
    units: (message.units ?? []).map((unit) => ({ ...CARD_UNIT_DEFAULTS, ...unit })),
    flags: { ...CARD_FLAGS_DEFAULTS, ...message.flags },
    versions: { ...CARD_VERSIONS_DEFAULTS, ...message.versions },
  };
  return {
    ...card,
    rank: rankOf(card),
    dueMs: milliseconds(card.due_at),
    startedMs: milliseconds(card.started_at),
    reportedMs: Date.parse(card.reported_at),
  };
}

/** True if some service has a newer version of the case; other messages are repetitions. */
export function isNewer(known: CardVersions, next: CardVersions): boolean {
  return (
    next.intake > known.intake ||
    next.routing > known.routing ||
    next.dispatch > known.dispatch ||
    next.supervision > known.supervision
  );
}

/** Most urgent first: pinned ones, then the nearest deadline, then the oldest report. A total order. */
export function byUrgency(a: LiveCard, b: LiveCard): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  const dueA = a.dueMs ?? Infinity;
  const dueB = b.dueMs ?? Infinity;
  if (dueA !== dueB) return dueA - dueB;
  if (a.reportedMs !== b.reportedMs) return a.reportedMs - b.reportedMs;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
