"""Client of a running Gridloop for simulated people.

It uses the public API to sign in as any person, send reports and read cases. It also advances the demo clock.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
from PIL import Image, ImageDraw

from deploy.local.departments import signature_headers
from services.chassis import http_client

Json = dict[str, Any]

ZONE = ZoneInfo("Asia/Shanghai")


class UnexpectedResponseError(Exception):
    """Raised for a response with an unexpected status."""

    def __init__(self, method: str, path: str, answer: httpx.Response) -> None:
        super().__init__(f"{method} {path}: {answer.status_code} {answer.text[:400]}")
        self.status = answer.status_code
        is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        self.type: str = answer.json().get("type", "") if is_problem else ""


@dataclass(frozen=True)
class Token:
    """An access token and the monotonic time at which it is renewed."""

    value: str
    renew_at: float

    @classmethod
    def of(cls, session: Json) -> Token:
        """Return the token in the response to a sign-in. The token is renewed after half its lifetime."""
        left = (datetime.fromisoformat(session["expires_at"]) - datetime.now(UTC)).total_seconds()
        return cls(session["access_token"], monotonic() + left / 2)


@dataclass
class City:
    """Client of a running Gridloop. `home` is its data folder, which holds the demo accounts and the demo clock."""

    url: str
    home: Path
    seed: int = 20261123
    tokens: dict[str, Token] = field(default_factory=dict[str, Token])
    demo_moves_clock: bool = False
    """True if the demo advances the clock. Situations then wait for a time instead of advancing the clock to it."""
    switched_off: Counter[str] = field(default_factory=Counter[str])
    """Unit → number of running situations that have switched off the simulated system of the unit."""
    switch_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.demo: Json = json.loads((self.home / "demo.json").read_text())
        self.http = http_client.create_client(base_url=self.url, timeout=30, limits=_LIMITS)
        self._signing_in = asyncio.Lock()
        self._grids: dict[str, list[list[float]]] = {}

    async def close(self) -> None:
        await self.http.aclose()

    # --- people ------------------------------------------------------------------------------------------------------

    async def credential(self, who: str) -> str:
        """Return the credential of `who`.

        It is a machine key for `channel:…` and `unit:…`. For any other name it is the access token of an account.
        """
        kind, _, name = who.partition(":")
        if kind in ("channel", "unit"):
            return str(self.demo[f"{kind}s"][name])
        async with self._signing_in:
            account = self.demo["accounts"].get(who) or await self._officer_account(name)
            return await self._token(who, account)

    async def discard_token(self, who: str, credential: str) -> bool:
        """Discard a refused access token. Return whether `who` can get a new one; a machine key never changes."""
        async with self._signing_in:
            known = self.tokens.get(who)
            if known is not None and known.value == credential:  # otherwise another story has signed in meanwhile
                del self.tokens[who]
            return known is not None

    async def _token(self, who: str, account: Json) -> str:
        known = self.tokens.get(who)
        return known.value if known is not None and monotonic() < known.renew_at else await self._sign_in(who, account)

    async def _sign_in(self, who: str, account: Json) -> str:
        form = {"username": account["username"], "password": account["password"]}
        answer = await self._send_with_retries("POST", "/api/registry/session", json=form)
        if answer.status_code != 200:
            raise UnexpectedResponseError("POST", "/api/registry/session", answer)
        self.http.cookies.clear()
        self.tokens[who] = Token.of(answer.json())
        return self.tokens[who].value

    async def _officer_account(self, officer_id: str) -> Json:
        """Create an account for `officer:<id>` as the administrator, and keep the account in memory.

        If the response with the password is lost, the repeated request gets status 409, because the user name exists
        already. The account is then created under another name.
        """
        administrator = self.demo["accounts"]["administrator"]
        token = await self._token("administrator", administrator)
        account = await self._create_account(token, officer_id) or await self._create_account(token, officer_id)
        if account is None:
            raise RuntimeError(f"no account for officer {officer_id}: both new user names exist already")
        self.demo["accounts"][f"officer:{officer_id}"] = account
        return account

    async def _create_account(self, token: str, officer_id: str) -> Json | None:
        """Create an account with a random user name. Return `None` if an account with this name exists already."""
        username = f"{officer_id}-{uuid4().hex[:6]}"
        answer = await self._send_with_retries(
            "POST",
            "/api/registry/accounts",
            headers={"authorization": f"Bearer {token}"},
            json={
                "username": username,
                "name": officer_id,
                "name_en": officer_id,
                "roles": ["officer"],
                "officer": officer_id,
                "channels": ["grid_terminal"],
            },
        )
        if answer.status_code == 409:
            return None
        if answer.status_code != 201:
            raise UnexpectedResponseError("POST", "/api/registry/accounts", answer)
        return {"username": username, "password": answer.json()["password"]}

    # --- requests ---------------------------------------------------------------------------------------------------

    async def ask(
        self, who: str, method: str, path: str, body: Any = None, *, key: str | None = None, params: Json | None = None
    ) -> Any:
        """Send a request as `who` and return the JSON of the response. Raises `UnexpectedResponseError`.

        A request that may change something has an idempotency key: `key`, or a random one.
        """
        answer = await self.request(who, method, path, body, key=key, params=params)
        if answer.status_code >= 300:
            raise UnexpectedResponseError(method, path, answer)
        return answer.json() if answer.content else None

    async def request(
        self, who: str, method: str, path: str, body: Any = None, *, key: str | None = None, params: Json | None = None
    ) -> httpx.Response:
        """Send a request as `ask` does, and return the response, whatever its status."""
        headers: dict[str, str] = {"accept-language": "zh-CN"}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if not isinstance(body, bytes | None):
            headers["content-type"] = "application/json"
        if method != "GET":
            headers["idempotency-key"] = key or str(uuid4())
            if secret := self.demo["signatures"].get(who):
                headers |= signature_headers(secret, headers["idempotency-key"], content)

        async def once(credential: str) -> httpx.Response:
            headers["authorization"] = f"Bearer {credential}"
            return await self._send_with_retries(method, path, headers=headers, content=content, params=params)

        credential = await self.credential(who)
        answer = await once(credential)
        if answer.status_code == 401 and await self.discard_token(who, credential):
            answer = await once(await self.credential(who))
        return answer

    async def _send_with_retries(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request, up to forty times while the server is unreachable or unavailable.

        Raises `httpx.TransportError` or `TimeoutError` after the last attempt.
        """
        for attempt in range(40):
            try:
                answer = await self.http.request(method, path, **request)
            except httpx.TransportError:
                if attempt == 39:
                    raise
            else:
                if answer.status_code not in (502, 503, 504):
                    return answer
            await asyncio.sleep(min(0.1 * 2**attempt, 1.0))
        raise TimeoutError(f"{method} {path}: the server stayed unavailable during forty attempts")

    # --- reports and photos ---------------------------------------------------------------------------------------

    async def photo(self, who: str, role: str) -> Json:
        """Generate a unique small photo and upload it. Return the photo as a report names it: hash and role."""
        image = Image.new("RGB", (96, 72), tuple(self.random.randrange(60, 220) for _ in range(3)))
        ImageDraw.Draw(image).text((6, 28), f"{role} {self.random.randrange(10**6)}")
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        name = hashlib.sha256(buffer.getvalue()).hexdigest()
        await self.ask(who, "PUT", f"/api/intake/photos/{name}", buffer.getvalue())
        return {"sha256": name, "role": role}

    async def report(self, who: str, *, photos: tuple[str, ...] = (), key: str | None = None, **form: Any) -> Json:
        """Upload a photo for each role in `photos`, send a report with them, and return the receipt."""
        form["photos"] = [await self.photo(who, role) for role in photos]
        receipt: Json = await self.ask(who, "POST", "/api/intake/reports", form, key=key)
        return receipt

    async def case(self, number: str, who: str = "leader") -> Json | None:
        """Return the case as `who` sees it, or `None` while tracking has not received the case."""
        answer = await self.request(who, "GET", f"/api/tracking/cases/{number}")
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise UnexpectedResponseError("GET", f"/api/tracking/cases/{number}", answer)
        found: Json = answer.json()
        return found

    async def base_grids(self) -> list[str]:
        """Return the codes of all base grids."""
        return [code for code in await self._outlines() if len(code) == 15 and int(code[12:]) < 801]

    async def _outlines(self) -> dict[str, list[list[float]]]:
        if not self._grids:
            answer = await self.http.get("/api/registry/grids.geojson")
            self._grids.update(
                {each["properties"]["code"]: each["geometry"]["coordinates"][0] for each in answer.json()["features"]}
            )
        return self._grids

    async def point_in(self, grid_code: str) -> Json:
        """Return a random location near the middle of a grid."""
        ring = (await self._outlines())[grid_code][:-1]
        longitude = sum(corner[0] for corner in ring) / len(ring) + self.random.uniform(-5e-5, 5e-5)
        latitude = sum(corner[1] for corner in ring) / len(ring) + self.random.uniform(-5e-5, 5e-5)
        return {"longitude": longitude, "latitude": latitude, "crs": "cgcs2000", "accuracy_m": 8}

    async def box(self, grids: Iterable[str]) -> list[tuple[float, float]]:
        """Return the corners of the smallest rectangle around these grids."""
        outlines = await self._outlines()
        corners = [corner for code in grids for corner in outlines[code]]
        (west, east), (south, north) = (sorted(each)[:: len(corners) - 1] for each in zip(*corners, strict=True))
        return [(west, south), (east, south), (east, north), (west, north)]

    # --- time -----------------------------------------------------------------------------------------------------

    @property
    def offset(self) -> float:
        """Seconds by which the demo clock is ahead of real time."""
        file = self.home / "clock"
        return float(file.read_text()) if file.exists() else 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    def advance_to(self, hour: int, minute: int = 0) -> None:
        """Advance the clock to this local time: today, or tomorrow if the time has passed."""
        now = self.now().astimezone(ZONE)
        then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.advance(seconds=((then if then > now else then + timedelta(days=1)) - now).total_seconds())

    async def pass_time(self, until: datetime) -> None:
        """Let the demo clock reach this time: wait if the demo advances the clock, otherwise advance it."""
        if not self.demo_moves_clock:
            self.advance(seconds=max((until - self.now()).total_seconds(), 0.0))
        while self.now() < until:
            await asyncio.sleep(0.2)

    def advance(self, **by: float) -> None:
        """Advance the demo clock: its offset in the file `clock`, which all services read in demos and tests."""
        ahead = self.offset + timedelta(**by).total_seconds()
        file = self.home / "clock"
        scratch = file.with_suffix(".next")
        scratch.write_text(str(ahead))
        scratch.replace(file)


_LIMITS = httpx.Limits(max_connections=40, max_keepalive_connections=40)
