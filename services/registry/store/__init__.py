"""Every query of the registry: people by SQLModel, releases and keys by SQL."""
