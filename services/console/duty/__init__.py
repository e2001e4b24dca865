"""Pages about who is there: the roster, handover sheets, weekly reviews and monthly analyses."""
