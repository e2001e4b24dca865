"""HTTP in: cases, the board, the public status."""
