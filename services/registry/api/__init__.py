"""HTTP API of the registry: district data, list drafts, accounts, keys, sign-in."""
