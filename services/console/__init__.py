"""Console: the web pages.

The console stores no data. It calls the other services with the access token of the signed-in reader.
"""
