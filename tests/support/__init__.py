"""What tests stand on: real PostgreSQL, a real broker, services as real servers on free ports."""
