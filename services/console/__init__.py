"""Console: the web pages. It stores no data and calls the other services with the reader's own token."""
