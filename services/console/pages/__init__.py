"""Pages that need no sign-in: landing page, sign-in page, error pages."""
