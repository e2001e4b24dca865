"""Pure decisions of the registry: what district data may be published, and who may sign in."""
