"""Commands of the registry that an operator runs from a shell."""
