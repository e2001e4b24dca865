/** Filters of the board, stored in the address so that a link shows the same to a colleague. */
import type { Card, CardFlags, Light, Mode } from "../contracts";
import type { LiveCard } from "./card";

/** Facets with several values, and the field of a card that they test. */
export const FACETS = {
  light: (card: Card) => [card.light],
  community: (card: Card) => [card.community],
  grid: (card: Card) => [card.grid_code],
  unit: (card: Card) => card.units.map((unit) => unit.id),
  category: (card: Card) => [card.category?.id],
  channel: (card: Card) => [card.channel],
  status: (card: Card) => [card.status],
  mark: (card: Card) => marksOf(card),
} as const satisfies Record<string, (card: Card) => (string | null | undefined)[]>;

export type Facet = keyof typeof FACETS;

export type Mark = "emergency" | "confidential" | "attached" | Exclude<keyof CardFlags, "attached_count">;

export type Filters = { q: string; mode: Mode } & Record<Facet, readonly string[]>;

const FACET_NAMES = Object.keys(FACETS) as Facet[];
const MODES: readonly Mode[] = ["actual", "exercise", "test"];
export const LIGHTS: readonly Light[] = ["red", "yellow", "green", "none"];

export function marksOf(card: Card): Mark[] {
  const marks: Mark[] = [];
  if (card.emergency) marks.push("emergency");
  if (card.confidential) marks.push("confidential");
  const { attached_count, ...flags } = card.flags;
  for (const [name, set] of Object.entries(flags)) if (set) marks.push(name as Mark);
  if (attached_count > 0) marks.push("attached");
  return marks;
}

export function noFilters(): Filters {
  const facets = Object.fromEntries(FACET_NAMES.map((facet) => [facet, []])) as unknown as Record<Facet, string[]>;
  return { q: "", mode: "actual", ...facets };
}

export function readFilters(address: URLSearchParams): Filters {
  const filters = noFilters();
  const mode = address.get("mode") as Mode | null;
  return {
    ...filters,
    q: address.get("q") ?? "",
    mode: mode && MODES.includes(mode) ? mode : "actual",
    ...Object.fromEntries(FACET_NAMES.map((facet) => [facet, address.getAll(facet)])),
  };
}

/** Writes the filters into `address` and leaves its other parameters unchanged. */
export function writeFilters(filters: Filters, address: URLSearchParams): void {
  for (const name of ["q", "mode", ...FACET_NAMES]) address.delete(name);
  if (filters.q.trim()) address.set("q", filters.q.trim());
  if (filters.mode !== "actual") address.set("mode", filters.mode);
  for (const facet of FACET_NAMES) for (const value of filters[facet]) address.append(facet, value);
}

export function isFiltered(filters: Filters): boolean {
  return filters.q.trim() !== "" || FACET_NAMES.some((facet) => filters[facet].length > 0);
}

/** Returns the filters with one value of a facet toggled. */
export function toggled(filters: Filters, facet: Facet, value: string): Filters {
  const values = filters[facet];
  const next = values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
  return { ...filters, [facet]: next };
}

const searchTexts = new WeakMap<Card, string>();

function searchText(card: LiveCard): string {
  let text = searchTexts.get(card);
  if (text === undefined) {
    const parts = [card.case_number, card.title, card.grid_name, card.grid_code, card.community];
    parts.push(card.category?.name ?? null, card.category?.name_en ?? null);
    for (const unit of card.units) parts.push(unit.name, unit.name_en);
    text = parts.filter(Boolean).join(" ").toLowerCase();
    searchTexts.set(card, text);
  }
  return text;
}

/** Within a facet any value suffices; every facet and every searched word must match. */
export function predicate(filters: Filters): (card: LiveCard) => boolean {
  const words = filters.q.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = FACET_NAMES.filter((facet) => filters[facet].length > 0);
  return (card) =>
    card.mode === filters.mode &&
    chosen.every((facet) => FACETS[facet](card).some((value) => value != null && filters[facet].includes(value))) &&
    (words.length === 0 || words.every((word) => searchText(card).includes(word)));
}
