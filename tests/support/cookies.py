"""Rules of browsers for cookies."""

from __future__ import annotations


def host_bound_name(line: str) -> str:
    """Return the name of a cookie that a browser accepts as `__Host-` cookie, else an empty text (RFC 6265bis)."""
    name, attributes = line.partition("=")[0], {each.strip().lower() for each in line.split(";")[1:]}
    accepted = {"secure", "httponly", "path=/"} <= attributes and not any(
        each.startswith("domain") for each in attributes
    )
    return name if accepted and name.startswith("__Host-") else ""
