/** Keyboard navigation between cards and lanes. */
import type { Stage } from "../contracts";
import { STAGES, type LiveCard } from "./card";
import type { Command } from "./keymap";
import { allLanes, laneOf } from "./lanes";

/** Returns the focused card, if any. */
export function focusedCard(find: (id: string) => LiveCard | undefined): LiveCard | undefined {
  const element = document.activeElement?.closest<HTMLElement>("[data-case]");
  return element ? find(element.dataset["case"]!) : undefined;
}

/** The lane that has or last had the focus. */
let lastLane: Stage = "discovery";

/** Remembers the lane that has the focus. */
export function rememberLane(stage: Stage): void {
  lastLane = stage;
}

const LANE_STEPS: Partial<Record<Command, 1 | -1>> = { left: -1, right: 1 };

/** Executes a navigation command; returns false for other commands. */
export function walk(command: Command): boolean {
  const lane = laneOf(lastLane);
  if (!lane) return false;
  const here = lane.focusedIndex();
  const steps: Partial<Record<Command, number>> = {
    down: here + 1,
    up: here - 1,
    first: 0,
    last: lane.length() - 1,
    pageDown: here + lane.pageSize(),
    pageUp: here - lane.pageSize(),
  };
  const to = steps[command];
  if (to !== undefined) void lane.focusIndex(to);
  else if (LANE_STEPS[command]) goToNextLane(LANE_STEPS[command], here);
  else if (command.startsWith("lane")) goTo(STAGES[Number(command.slice(4)) - 1]!, 0);
  else if (command === "updates") for (const each of allLanes()) each.release();
  else return false;
  return true;
}

/** Moves to the next lane with cards. */
function goToNextLane(step: 1 | -1, index: number): void {
  for (let at = STAGES.indexOf(lastLane) + step; at >= 0 && at < STAGES.length; at += step) {
    if ((laneOf(STAGES[at]!)?.length() ?? 0) > 0) return goTo(STAGES[at]!, index);
  }
}

function goTo(stage: Stage, index: number): void {
  lastLane = stage;
  void laneOf(stage)?.focusIndex(index);
}
