"""Calls to other services: one way to make a client, and one TLS context for all of a process."""

from __future__ import annotations

import functools
import ssl
from typing import Any

import httpx


@functools.cache
def tls_context() -> ssl.SSLContext:
    """What this machine trusts. Reading its certificates takes as long as twenty requests, so it is done once."""
    return ssl.create_default_context()


def create_client(**options: Any) -> httpx.AsyncClient:
    """A client that looks at no proxy of the environment: services speak to each other directly. Options are httpx's."""
    return httpx.AsyncClient(verify=tls_context(), trust_env=False, **options)
