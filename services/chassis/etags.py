"""Entity tags and conditional requests (RFC 9110, sections 8.8.3 and 13.1).

Our tags name a version of a resource, not the bytes of one response. So conditions compare versions: a tag that a proxy
made weak (`W/"3"`) or marked with its encoding (`"3-gzip"`) still means version 3, also in `If-Match`.
"""

from __future__ import annotations

import re

ANY = "*"

_TAG = re.compile(r'\s*(?:W/)?(?:"([^"]*)"|([^\s",]+))\s*(?:,|$)')
"""One tag of a header that lists tags. A tag without quotation marks is invalid but accepted."""

_ENCODED = re.compile(r"-(?:gzip|zstd|br|deflate)$")
"""The suffix that Caddy and Apache append to the tag of a compressed response."""


def tags(header: str) -> frozenset[str]:
    """Return the tags in `If-Match` or `If-None-Match`; `{ANY}` for `*`; an empty set for an invalid header."""
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
    """Return whether one of the tags in the header is this tag, or the header is `*`."""
    return not tags(header).isdisjoint((ANY, tag))
