"""What every service stands on: settings, database, heads, ledger, relay, reader, repair, timers, web, auth, telemetry."""
