"""Everything that starts Gridloop: on a laptop (`local/`) and on a server (`docker/`). `play/` is a simulated city."""
