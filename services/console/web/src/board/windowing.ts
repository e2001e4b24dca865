/** Range of rendered cards of a lane: visible ones and some around them. All cards of a lane have the same height. */

export interface Slice {
  first: number;
  /** Index after the last card. */
  end: number;
}

export function visibleSlice(
  scrollTop: number,
  viewHeight: number,
  cardHeight: number,
  count: number,
  around = 2,
): Slice {
  const top = Math.floor(scrollTop / cardHeight) - around;
  const bottom = Math.ceil((scrollTop + viewHeight) / cardHeight) + around;
  const end = Math.max(0, Math.min(count, bottom));
  return { first: Math.max(0, Math.min(top, end)), end };
}

/** Returns the nearest scroll position at which card `index` is fully visible. */
export function scrollToShow(index: number, scrollTop: number, viewHeight: number, cardHeight: number): number {
  const top = index * cardHeight;
  if (top < scrollTop) return top;
  const over = top + cardHeight - (scrollTop + viewHeight);
  return over > 0 ? scrollTop + over : scrollTop;
}
