"""Pages that list, declare and end storms and control areas, and reply to their reporters."""
