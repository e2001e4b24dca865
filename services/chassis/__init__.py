"""The runtime that every service shares: settings, database, events, timers, HTTP, authentication, telemetry."""
