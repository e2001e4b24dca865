/** Names of grids and communities in both languages, from the registry's map: cards carry codes, to stay small. */
import type { LiveCard } from "./card";
import type { Language } from "../lib/duration";

export interface GridProperties {
  code: string;
  name: string;
  name_en: string;
  community: string;
  community_name: string;
  community_name_en: string;
}

export type Grids = GeoJSON.FeatureCollection<GeoJSON.Polygon | GeoJSON.MultiPolygon, GridProperties>;

interface Named {
  name: string;
  name_en: string;
}

export class Places {
  readonly #grids = new Map<string, Named>();
  readonly #communities = new Map<string, Named>();

  constructor(
    private readonly language: Language,
    grids: Grids | null = null,
  ) {
    for (const { properties: each } of grids?.features ?? []) {
      this.#grids.set(each.code, each);
      this.#communities.set(each.community, { name: each.community_name, name_en: each.community_name_en });
    }
  }

  /** Returns the name, or the code until the names are loaded. */
  community(code: string): string {
    return this.#nameOf(this.#communities.get(code)) ?? code;
  }

  grid(card: Pick<LiveCard, "grid_code" | "grid_name">): string | null {
    return (card.grid_code && this.#nameOf(this.#grids.get(card.grid_code))) || card.grid_name || card.grid_code;
  }

  /** Returns the grid of a case; for a confidential case its community. */
  of(card: LiveCard): string {
    return this.grid(card) ?? (card.community === null ? "" : this.community(card.community));
  }

  #nameOf(thing: Named | undefined): string | undefined {
    return (this.language === "en" && thing?.name_en) || thing?.name || undefined;
  }
}
