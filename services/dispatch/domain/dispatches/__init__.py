"""Orders to units: what is asked of whom until when, what they answered, and what they are told."""
