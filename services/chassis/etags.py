"""Entity tags and the conditions that callers build from them (RFC 9110, sections 8.8.3 and 13.1).

A tag of ours names a version of a thing, not the bytes of one answer. So conditions compare versions: a tag that a proxy
made weak (`W/"3"`) or marked with the encoding it applied (`"3-gzip"`) still means version 3, also in `If-Match`.
"""

from __future__ import annotations

import re

ANY = "*"

_TAG = re.compile(r'\s*(?:W/)?(?:"([^"]*)"|([^\s",]+))\s*(?:,|$)')
"""One member of a list. Without quotation marks it is not valid, but plainly meant."""

_ENCODED = re.compile(r"-(?:gzip|zstd|br|deflate)$")
"""What Caddy and Apache append to the tag of an answer that they compress."""


def tags(header: str) -> frozenset[str]:
    """Return the opaque tags that `If-Match` or `If-None-Match` lists; `{ANY}` for `*`; none for what is no list."""
    found: set[str] = set()
    at = 0
    while at < len(header):
        member = _TAG.match(header, at)
        if member is None:
            return frozenset()
        found.add(_ENCODED.sub("", member[1] if member[1] is not None else member[2]))
        at = member.end()
    return frozenset(found)


def matches(header: str, tag: str) -> bool:
    """Whether a condition holds of the thing that has this opaque tag now."""
    return not tags(header).isdisjoint((ANY, tag))
