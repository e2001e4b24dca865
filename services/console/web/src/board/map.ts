/** The map: grid polygons on plain ground, cases as dots. With `dots.ts` the only files that know Leaflet. */
import L from "leaflet";
import "leaflet/dist/leaflet.css";
import { STAGES, type LiveCard } from "./card";
import { DotLayer, type Dot, type Palette } from "./dots";
import type { GridProperties, Grids, Places } from "./places";
import type { BoardStore } from "./store";

/** Lowest zoom at which a grid's name and count fit into the grid. */
const LABEL_ZOOM = 14;
const CASE_ZOOM = 16;
/** Number of open cases with the darkest fill. */
const FULL_LOAD = 40;

export class CaseMap {
  readonly #map: L.Map;
  readonly #dots = new DotLayer();
  readonly #labels = L.layerGroup();
  #grids: L.GeoJSON | null = null;
  #places: Places | null = null;
  #counts = new Map<string, { total: number; red: number }>();

  constructor(place: HTMLElement, choose: (id: string) => void) {
    this.#map = L.map(place, { preferCanvas: true, attributionControl: false, zoomSnap: 0.5 });
    this.#map.setView([37.49, 118.25], 13);
    this.#map.addLayer(this.#dots).addLayer(this.#labels);
    this.#map.on("moveend", () => this.#label());
    this.#map.on("click", (event) => {
      const dot = this.#dots.at(event.containerPoint);
      if (dot) choose(dot.id);
    });
  }

  /** Draws the grids when they are loaded; the dots do not depend on them. */
  showGrids(grids: Grids, places: Places): void {
    this.#places = places;
    this.#grids?.remove();
    this.#grids = L.geoJSON(grids, { style: this.#gridStyle() }).addTo(this.#map);
    const bounds = this.#grids.getBounds();
    if (bounds.isValid()) this.#map.fitBounds(bounds, { animate: false });
    this.#label();
  }

  showCases(store: BoardStore): void {
    this.#counts.clear();
    const dots: Dot[] = [];
    for (const card of STAGES.flatMap((stage) => store.lane(stage))) {
      this.#count(card);
      const { id, light, latitude, longitude } = card;
      if (latitude !== null && longitude !== null) dots.push({ id, light, latitude, longitude });
    }
    this.#dots.show(dots, palette());
    this.#grids?.setStyle(this.#gridStyle());
    this.#label();
  }

  goTo(card: LiveCard): void {
    if (card.longitude === null || card.latitude === null) return;
    this.#map.setView([card.latitude, card.longitude], Math.max(this.#map.getZoom(), CASE_ZOOM), { animate: false });
  }

  close(): void {
    this.#map.remove();
  }

  #count(card: LiveCard): void {
    if (card.grid_code === null) return;
    const counts = this.#counts.get(card.grid_code) ?? { total: 0, red: 0 };
    counts.total += 1;
    if (card.light === "red") counts.red += 1;
    this.#counts.set(card.grid_code, counts);
  }

  #gridStyle(): L.StyleFunction<GridProperties> {
    const line = colour("--line-strong");
    const [calm, alarmed] = [colour("--brand"), colour("--red-mark")];
    return (feature) => {
      const counts = this.#counts.get(feature?.properties.code ?? "");
      const load = Math.min(1, (counts?.total ?? 0) / FULL_LOAD);
      return { color: line, weight: 1, fillColor: counts?.red ? alarmed : calm, fillOpacity: 0.03 + 0.15 * load };
    };
  }

  /** Shows names and counts of the visible grids, so that the load does not depend on colour alone. */
  #label(): void {
    this.#labels.clearLayers();
    if (!this.#grids || this.#map.getZoom() < LABEL_ZOOM) return;
    const visibleBounds = this.#map.getBounds();
    this.#grids.eachLayer((layer) => {
      const polygon = layer as L.Polygon & { feature: GeoJSON.Feature<GeoJSON.Polygon, GridProperties> };
      const middle = polygon.getBounds().getCenter();
      if (!visibleBounds.contains(middle)) return;
      const { code, name } = polygon.feature.properties;
      const text = document.createElement("span");
      const shown = this.#places?.grid({ grid_code: code, grid_name: name }) ?? name;
      text.textContent = `${shown} ${this.#counts.get(code)?.total ?? 0}`;
      const icon = L.divIcon({ className: "grid-label", html: text });
      L.marker(middle, { icon, interactive: false, keyboard: false }).addTo(this.#labels);
    });
  }
}

function colour(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}

function palette(): Palette {
  return {
    red: colour("--red-mark"),
    yellow: colour("--yellow-mark"),
    green: colour("--green-mark"),
    none: colour("--none-mark"),
    edge: colour("--surface"),
  };
}
