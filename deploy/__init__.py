"""Everything that runs Gridloop: on a laptop (`local/`) and on one server (`docker/`)."""
