"""Everything that runs Gridloop: on a laptop (`local/`), on one server (`docker/`), beyond it (`k8s/`)."""
