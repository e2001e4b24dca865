"""Registry: the district's data, published as releases, and who may sign in."""
