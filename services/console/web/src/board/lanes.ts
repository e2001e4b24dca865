/** The six lanes for keyboard navigation. */
import type { Stage } from "../contracts";
import type { LiveCard } from "./card";

export interface LaneHandle {
  focusIndex(index: number): Promise<void>;
  /** Index of the card that has or last had the focus; -1 for none. */
  focusedIndex(): number;
  indexOf(id: string): number;
  cardAt(index: number): LiveCard | undefined;
  length(): number;
  pageSize(): number;
  /** Shows the waiting changes. */
  release(): void;
}

const lanes = new Map<Stage, LaneHandle>();

export function registerLane(stage: Stage, handle: LaneHandle): () => void {
  lanes.set(stage, handle);
  return () => lanes.delete(stage);
}

export function laneOf(stage: Stage): LaneHandle | undefined {
  return lanes.get(stage);
}

export function allLanes(): Iterable<LaneHandle> {
  return lanes.values();
}
