"""HTTP in: the district for everyone, its editing and people for administrators, sign-in for all."""
