"""Tables and queries of the registry. Accounts use SQLModel, everything else uses SQL."""
