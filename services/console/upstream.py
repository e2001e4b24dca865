"""Calls to the other services' public APIs with the reader's own token: the pages may do what the person may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from services.console.words import Language


class Unreachable(Exception):
    """The service did not answer, or its address is not set."""


class Refused(Exception):
    """The service answered with a problem; `str()` is its own sentence, in the reader's language."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class SessionOver(Exception):
    """The reader is not, or no longer, signed in."""


class Upstream:
    """The services behind the pages."""

    def __init__(self, client: httpx.AsyncClient, urls: Mapping[str, str]) -> None:
        self._client = client
        self.urls = urls

    async def request(
        self, service: str, method: str, path: str, *, language: Language = "zh-CN", token: str = "",
        headers: Mapping[str, str] | None = None, json: Any = None, content: bytes | None = None,
    ) -> httpx.Response:  # fmt: skip
        """One call. Raises `Unreachable`, `SessionOver` (401) or `Refused` (any other 4xx or 5xx)."""
        if service not in self.urls:
            raise Unreachable(service)
        sent = {"Accept": "application/json", "Accept-Language": language, **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        try:
            response = await self._client.request(
                method, self.urls[service] + path, headers=sent, json=json, content=content
            )
        except httpx.HTTPError as error:
            raise Unreachable(service) from error
        if response.status_code == 401:
            raise SessionOver
        if response.status_code >= 500:
            raise Unreachable(f"{service}: {response.status_code}")
        if response.is_error:
            raise Refused(response.status_code, _sentence(response))
        return response


def _sentence(response: httpx.Response) -> str:
    try:
        problem = response.json()
    except ValueError:
        return response.reason_phrase
    return problem.get("detail") or problem.get("title") or response.reason_phrase
