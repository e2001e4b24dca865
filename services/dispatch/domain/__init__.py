"""Pure decisions: `dispatches` decides about the dispatches of a case, `delivery` about the delivery of messages."""
