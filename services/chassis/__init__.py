"""The runtime that every service shares: settings, database, events, repair, timers, HTTP, authentication, telemetry."""
