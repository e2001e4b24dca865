"""Pages for storm mode and control areas: list, declare, reply to reporters, end."""
