/** Keys of the board. Single letters can be switched off (WCAG 2.1.4); arrows, Enter and Escape always work. */

export type Command =
  | "help" | "search" | "up" | "down" | "left" | "right" | "first" | "last" | "pageUp" | "pageDown" | "open" | "close"
  | "lane1" | "lane2" | "lane3" | "lane4" | "lane5" | "lane6"
  | "map" | "updates" | "urge" | "order" | "decide" | "snooze" | "theme" | "select" | "nextView" | "previousView";

export interface Binding {
  keys: readonly string[];
  command: Command;
  /** Active only while a card or the drawer has the focus; elsewhere arrows scroll the page. */
  onCard?: boolean;
}

export const BINDINGS: readonly Binding[] = [
  { keys: ["?"], command: "help" },
  { keys: ["/"], command: "search" },
  { keys: ["ArrowDown", "j"], command: "down", onCard: true },
  { keys: ["ArrowUp", "k"], command: "up", onCard: true },
  { keys: ["ArrowLeft", "h"], command: "left", onCard: true },
  { keys: ["ArrowRight", "l"], command: "right", onCard: true },
  { keys: ["Home"], command: "first", onCard: true },
  { keys: ["End"], command: "last", onCard: true },
  { keys: ["PageUp"], command: "pageUp", onCard: true },
  { keys: ["PageDown"], command: "pageDown", onCard: true },
  { keys: ["Enter", "v"], command: "open", onCard: true },
  { keys: ["Escape"], command: "close" },
  { keys: ["1"], command: "lane1" },
  { keys: ["2"], command: "lane2" },
  { keys: ["3"], command: "lane3" },
  { keys: ["4"], command: "lane4" },
  { keys: ["5"], command: "lane5" },
  { keys: ["6"], command: "lane6" },
  { keys: ["x"], command: "select", onCard: true },
  { keys: ["u"], command: "urge" },
  { keys: ["o"], command: "order" },
  { keys: ["d"], command: "decide" },
  { keys: ["."], command: "updates" },
  { keys: ["]"], command: "nextView" },
  { keys: ["["], command: "previousView" },
  { keys: ["m"], command: "map" },
  { keys: ["s"], command: "snooze" },
  { keys: ["t"], command: "theme" },
];

export interface Press {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
  /** True if the focus is in a text field. */
  typing: boolean;
  onCard: boolean;
}

/** Returns the command of a key press, or null, also while a person types or composes Chinese. */
export function commandOf(press: Press, lettersOn: boolean): Command | null {
  if (press.ctrlKey || press.altKey || press.metaKey || press.isComposing) return null;
  if (press.typing && press.key !== "Escape") return null;
  if (!lettersOn && press.key.length === 1) return null;
  const binding = BINDINGS.find(({ keys, onCard }) => keys.includes(press.key) && (!onCard || press.onCard));
  return binding?.command ?? null;
}
