"""The page that loads the case board, a built TypeScript application."""
