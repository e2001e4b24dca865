"""Pure decisions of intake: no I/O, no clock, no framework."""
