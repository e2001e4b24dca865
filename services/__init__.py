"""The services of the loop. Each stands on `services.chassis` and speaks to the others only through `contracts`."""
