"""Pure decisions of the registry: checks of district data, rights, sign-in."""
