"""Calls of the other services' APIs.

Each call uses the reader's access token, so that the console itself has no rights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from services.console.words import Language


class ServiceUnreachableError(Exception):
    """Raised if a service does not answer, fails with a status of 500 or more, or has no URL."""


class ServiceRefusedError(Exception):
    """Raised for a refusal by a service. `str()` returns the service's text in the reader's language."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class SessionEndedError(Exception):
    """Raised if the reader is not signed in or no longer signed in."""


class ServiceClient:
    """Client of the other services."""

    def __init__(self, client: httpx.AsyncClient, urls: Mapping[str, str]) -> None:
        self._client = client
        self.urls = urls

    async def close(self) -> None:
        """Close the connections to all services."""
        await self._client.aclose()

    async def request(
        self,
        service: str,
        method: str,
        path: str,
        *,
        language: Language = "zh-CN",
        token: str = "",
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Send a request to a service.

        Raises `SessionEndedError`, `ServiceUnreachableError` or `ServiceRefusedError`.
        """
        if service not in self.urls:
            raise ServiceUnreachableError(service)
        all_headers = {"Accept": "application/json", "Accept-Language": language, **(headers or {})}
        if token:
            all_headers["Authorization"] = f"Bearer {token}"
        try:
            response = await self._client.request(
                method, self.urls[service] + path, headers=all_headers, json=json, content=content
            )
        except httpx.HTTPError as error:
            raise ServiceUnreachableError(service) from error
        if response.status_code == 401:
            raise SessionEndedError
        if response.status_code >= 500:
            raise ServiceUnreachableError(f"{service}: {response.status_code}")
        if response.is_error:
            raise ServiceRefusedError(response.status_code, _problem_text(response))
        return response


def _problem_text(response: httpx.Response) -> str:
    try:
        problem = response.json()
    except ValueError:
        return response.reason_phrase
    return problem.get("detail") or problem.get("title") or response.reason_phrase
