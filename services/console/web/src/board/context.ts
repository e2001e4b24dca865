/** The board's components reach the one view through Svelte's context, not through a global. */
import { getContext } from "svelte";
import type { BoardView } from "./view.svelte";

export const VIEW = Symbol("view");

export function useView(): BoardView {
  return getContext<BoardView>(VIEW);
}
