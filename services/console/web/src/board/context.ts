/** Svelte context that gives the board's components the shared view, instead of a global variable. */
import { getContext } from "svelte";
import type { BoardView } from "./view.svelte";

export const VIEW = Symbol("view");

export function useView(): BoardView {
  return getContext<BoardView>(VIEW);
}
