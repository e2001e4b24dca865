"""The unit's desk: everything a department needs that has no system of its own. Plain forms; no JavaScript needed."""
