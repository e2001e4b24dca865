"""What supervision decides, pure: no I/O, no clock, no framework. Every function reads and changes one `Case`."""
