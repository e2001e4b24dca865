"""A simulated city: people at their desks, on the street and on the phone, through the public API only."""
