"""Commands that an operator runs from a shell."""
