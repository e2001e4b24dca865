"""An endpoint whose name server hangs blocks no other endpoint and uses one thread."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from typing import Any

import httpx
import pytest

from services.dispatch.workers.transport import EndpointTransport


async def test_a_hanging_name_is_resolved_once_and_others_are_not_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, hang, resolved = threading.Event(), threading.Event(), list[str]()

    def answer(host: str, port: int, **_: Any) -> list[Any]:
        resolved.append(host)
        if host == "hangs.example":
            begun.set()
            hang.wait()
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", answer)

    def transport(host: str) -> EndpointTransport:
        return EndpointTransport(httpx.URL(f"http://{host}/"), (), ssl.create_default_context())

    async def send(to: EndpointTransport, host: str, seconds: float) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        await to.handle_async_request(httpx.Request("POST", f"http://{host}/", extensions={"deadline": deadline}))

    hanging = transport("hangs.example")
    try:
        tried = await asyncio.gather(*(send(hanging, "hangs.example", 0.2) for _ in range(100)), return_exceptions=True)
        assert {type(each) for each in tried} == {httpx.ConnectTimeout}
        assert await asyncio.to_thread(begun.wait, 60)
        assert resolved == ["hangs.example"]
        with pytest.raises(httpx.ConnectError, match=r"name not resolved: other\.example"):
            await send(transport("other.example"), "other.example", 5)
    finally:
        hang.set()
