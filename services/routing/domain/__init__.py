"""Pure decisions of routing: no I/O, no clock, no framework."""
