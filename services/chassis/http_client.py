"""HTTP clients for calls to other services, with one TLS context per process."""

from __future__ import annotations

import functools
import ssl
from typing import Any

import httpx


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Return the TLS context of this machine.

    The context is cached, because reading the machine's certificates takes as long as twenty requests.
    """
    return ssl.create_default_context()


def create_client(**options: Any) -> httpx.AsyncClient:
    """Return a client that ignores proxies of the environment, because services call each other directly.

    Options are those of httpx.
    """
    return httpx.AsyncClient(verify=tls_context(), trust_env=False, **options)
