"""Pure decisions: `dispatches` about dispatches of a case, `delivery` about sending messages to receivers."""
