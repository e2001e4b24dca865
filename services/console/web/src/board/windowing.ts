/** Which cards of a lane are drawn: those in sight and a few around them. All cards of a lane have one height. */

export interface Slice {
  first: number;
  /** One past the last. */
  end: number;
}

export function sliceInSight(
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

/** The scroll position at which card `index` is wholly in sight, moving as little as possible. */
export function scrollToSee(index: number, scrollTop: number, viewHeight: number, cardHeight: number): number {
  const top = index * cardHeight;
  if (top < scrollTop) return top;
  const over = top + cardHeight - (scrollTop + viewHeight);
  return over > 0 ? scrollTop + over : scrollTop;
}
