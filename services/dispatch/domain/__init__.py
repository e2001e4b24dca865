"""Pure decisions: `orders` about dispatches, `delivery` about getting messages to their receivers."""
