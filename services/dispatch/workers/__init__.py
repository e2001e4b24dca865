"""Background loops: the sender and the sweep. Only here are servers outside the project called."""
