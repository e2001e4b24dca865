"""Background loops: the sender and the sweep. Only the sender calls servers outside the project."""
