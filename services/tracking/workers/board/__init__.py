"""The live board: open cases in memory. Changes are encoded once for all clients that see the same cases."""
