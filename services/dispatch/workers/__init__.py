"""Background loops: the sender, and the sweep behind it. The only place of the house that calls other people's servers."""
