"""The live board: the open cases in memory, encoded once for all clients that see the same cases."""
