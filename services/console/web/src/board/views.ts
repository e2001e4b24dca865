/** Built-in views, and views saved in this browser. */
import { noFilters, predicate, readFilters, writeFilters, type Filters } from "./filters";
import type { LiveCard } from "./card";

export interface View {
  /** Catalogue key of a built-in view, or the name a person gave. */
  name: string;
  /** The filters as an address: short, and readable by older and newer versions. */
  query: string;
}

export const BUILT_IN: readonly View[] = [
  { name: "view.all", query: "" },
  { name: "view.overdue", query: "light=red" },
  { name: "view.due_soon", query: "light=yellow" },
  { name: "view.emergency", query: "mark=emergency" },
  { name: "view.to_decide", query: "status=awaiting_dispatch&status=return_requested" },
  { name: "view.ordered", query: "mark=ordered" },
];

const STORAGE_KEY = "gridloop.board.views";

export function savedViews(storage: Pick<Storage, "getItem">): View[] {
  try {
    const views = JSON.parse(storage.getItem(STORAGE_KEY) ?? "[]") as unknown;
    return Array.isArray(views) ? (views as View[]).filter((view) => view.name && typeof view.query === "string") : [];
  } catch {
    return [];
  }
}

export function saveViews(views: readonly View[], storage: Pick<Storage, "setItem">): void {
  storage.setItem(STORAGE_KEY, JSON.stringify(views));
}

export function filtersOf(view: View): Filters {
  return readFilters(new URLSearchParams(view.query));
}

export function queryOf(filters: Filters): string {
  const address = new URLSearchParams();
  writeFilters(filters, address);
  return address.toString();
}

/** Returns the number of cards of each view in the present mode. */
export function countViews(views: readonly View[], cards: Iterable<LiveCard>, mode: Filters["mode"]): number[] {
  const shows = views.map((view) => predicate({ ...noFilters(), ...filtersOf(view), mode }));
  const counts = views.map(() => 0);
  for (const card of cards) shows.forEach((show, index) => show(card) && counts[index]!++);
  return counts;
}
