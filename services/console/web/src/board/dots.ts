/** Ten thousand dots on one canvas, drawn in one pass: a marker object for each would cost half a second per change. */
import L from "leaflet";
import type { Light } from "../contracts";

export interface Dot {
  id: string;
  light: Light;
  latitude: number;
  longitude: number;
}

export type Palette = Record<Light | "edge", string>;

/** Overdue dots are larger and drawn last, so that they do not depend on colour and are never hidden. */
const ORDER: readonly Light[] = ["none", "green", "yellow", "red"];
const RADIUS: Record<Light, number> = { none: 3.5, green: 4, yellow: 5, red: 6.5 };
const CLICK_RADIUS = 10;

export class DotLayer extends L.Layer {
  #canvas: HTMLCanvasElement | null = null;
  #dots: Dot[] = [];
  #palette: Palette | null = null;
  #frame = 0;

  show(dots: Dot[], palette: Palette): void {
    this.#dots = dots.sort((a, b) => ORDER.indexOf(a.light) - ORDER.indexOf(b.light));
    this.#palette = palette;
    this.#redraw();
  }

  override onAdd(map: L.Map): this {
    this.#canvas = L.DomUtil.create("canvas", "leaflet-zoom-hide");
    map.getPane("overlayPane")!.append(this.#canvas);
    map.on("moveend zoomend resize", this.#redraw, this);
    this.#redraw();
    return this;
  }

  override onRemove(map: L.Map): this {
    map.off("moveend zoomend resize", this.#redraw, this);
    cancelAnimationFrame(this.#frame);
    this.#canvas?.remove();
    return this;
  }

  /** Returns the topmost dot under a point of the container. */
  at(point: L.Point): Dot | undefined {
    for (let index = this.#dots.length - 1; index >= 0; index -= 1) {
      const dot = this.#dots[index]!;
      const place = this._map.latLngToContainerPoint([dot.latitude, dot.longitude]);
      if (place.distanceTo(point) <= CLICK_RADIUS) return dot;
    }
    return undefined;
  }

  #redraw = (): void => {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  };

  #draw(): void {
    const canvas = this.#canvas;
    const palette = this.#palette;
    if (!canvas || !palette) return;
    const size = this._map.getSize();
    const ratio = window.devicePixelRatio;
    L.DomUtil.setPosition(canvas, this._map.containerPointToLayerPoint([0, 0]));
    canvas.width = size.x * ratio;
    canvas.height = size.y * ratio;
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
    const context = canvas.getContext("2d")!;
    context.scale(ratio, ratio);
    context.strokeStyle = palette.edge;
    for (const dot of this.#dots) {
      const { x, y } = this._map.latLngToContainerPoint([dot.latitude, dot.longitude]);
      if (x < -CLICK_RADIUS || y < -CLICK_RADIUS || x > size.x + CLICK_RADIUS || y > size.y + CLICK_RADIUS) continue;
      context.beginPath();
      context.arc(x, y, RADIUS[dot.light], 0, 2 * Math.PI);
      context.fillStyle = palette[dot.light];
      context.fill();
      context.stroke();
    }
  }
}
