"""Pages for everybody: landing, sign-in, the board's shell, errors."""
