/** Filter options derived from the cards, so that no option has an empty result. */
import type { Translate } from "../lib/catalogue";
import type { LiveCard } from "./card";
import type { Places } from "./places";
import { FACETS, type Facet, type Filters } from "./filters";

export interface Option {
  value: string;
  label: string;
  count: number;
}

type Namer = (thing: { name: string; name_en: string }) => string;

/** Facets whose values are keys of the text catalogue. */
const TEXT_PREFIXES: Partial<Record<Facet, string>> = { light: "light", status: "status", channel: "channel", mark: "mark" };
const LONGEST = 40;

function labelOf(facet: Facet, value: string, card: LiveCard, name: Namer, places: Places, t: Translate): string {
  const prefix = TEXT_PREFIXES[facet];
  if (prefix) return t(`${prefix}.${value}`);
  if (facet === "grid") return places.grid(card) ?? value;
  if (facet === "community") return places.community(value);
  if (facet === "unit") {
    const unit = card.units.find((candidate) => candidate.id === value);
    return unit ? name(unit) : value;
  }
  if (facet === "category" && card.category) return name(card.category);
  return value;
}

/** The values of each facet with how many cards have them, the most frequent first. */
export function facetOptions(
  cards: Iterable<LiveCard>,
  mode: Filters["mode"],
  name: Namer,
  places: Places,
  t: Translate,
): Record<Facet, Option[]> {
  const facets = Object.keys(FACETS) as Facet[];
  const found = Object.fromEntries(facets.map((facet) => [facet, new Map<string, Option>()])) as Record<
    Facet,
    Map<string, Option>
  >;
  for (const card of cards) {
    if (card.mode !== mode) continue;
    for (const facet of facets) {
      for (const value of FACETS[facet](card)) {
        if (value == null) continue;
        const option = found[facet].get(value);
        if (option) option.count += 1;
        else found[facet].set(value, { value, label: labelOf(facet, value, card, name, places, t), count: 1 });
      }
    }
  }
  return Object.fromEntries(
    facets.map((facet) => [facet, [...found[facet].values()].sort((a, b) => b.count - a.count).slice(0, LONGEST)]),
  ) as Record<Facet, Option[]>;
}
