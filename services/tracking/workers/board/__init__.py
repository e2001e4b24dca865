"""The live board: one picture of all open cases in each process, encoded once for all screens that see the same."""
