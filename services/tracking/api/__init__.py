"""HTTP routes: cases, the board, exports and the public status."""
