"""Pages for everybody: landing page, sign-in, errors."""
