"""Registry: publishes the district's data as releases, and manages accounts, machine keys and sign-in."""
