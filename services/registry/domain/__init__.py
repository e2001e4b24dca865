"""Pure decisions of the registry: checks of the district's data, rights of accounts, list drafts, search, sign-in."""
