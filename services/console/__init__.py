"""The web pages: what people see of Gridloop. Holds no data; asks the other services with the caller's own token."""
