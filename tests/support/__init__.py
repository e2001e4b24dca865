"""Support of tests: real PostgreSQL, a real broker, services as HTTP servers on free ports, and drivers of them."""
