"""Playing a city: people at their desks, on the street and on the phone, through the public interfaces only."""
