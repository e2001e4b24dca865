"""Sign-in. Two cookies: a five-minute access token for every service, and the refresh token of the session."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.chassis.auth import TOKEN_SECONDS, Caller, access_cookie, is_encrypted, session_cookie
from services.chassis.context import Context
from services.chassis.openapi_errors import responses
from services.chassis.problems import CsrfMissing, NotAllowed
from services.chassis.web import context, needs
from services.registry.api.views import AccountView, SessionView, Text, View
from services.registry.domain.people import claims_of
from services.registry.domain.problems import PasswordTooWeak, SessionEnded, SignInRefused, TooManyAttempts
from services.registry.domain.throttling import network_of
from services.registry.domain.tokens import SESSION_LIFE
from services.registry.office import Office, office_of
from services.registry.store.tables import Account

SESSION_PATH = "/api/registry/session"


class SignIn(View):
    """Name and password."""

    username: Text = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=128)


class NewPassword(View):
    """The password in use, and the one to use from now on."""

    old_password: str = Field(min_length=1, max_length=128)
    new_password: str = Field(min_length=1, max_length=128)


async def _unstored(response: Response) -> None:
    """Dependency: the answer holds a token, no cache keeps it."""
    response.headers["cache-control"] = "no-store"


router = APIRouter(prefix=SESSION_PATH, tags=["session"], dependencies=[Depends(_unstored)])


@router.post("", response_model=SessionView, responses=responses(SignInRefused, TooManyAttempts))
async def sign_in(
    body: SignIn, request: Request, response: Response, parts: Context = Depends(context),
    office: Office = Depends(office_of),
) -> SessionView:  # fmt: skip
    """Sign in with name and password. After failed attempts the next one waits: 429 with `Retry-After`.

    Failures count for the name from this network, for the network, and for the name. The last two never delay a sign-in from
    a network that has signed in with this name before.
    """
    account, session_id, token = await office.people.sign_in(body.username, body.password, _network(request))
    _set_session(parts, response, token)
    return await _answer(parts, office, response, account, session_id)


@router.get("", response_model=SessionView, responses=responses(SessionEnded))
async def read(
    request: Request, response: Response, parts: Context = Depends(context), office: Office = Depends(office_of)
) -> SessionView:
    """Who is signed in here, with a fresh access token."""
    account, session_id = await office.people.of_session(_refresh_token(parts, request))
    return await _answer(parts, office, response, account, session_id)


@router.post("/refresh", response_model=SessionView, responses=responses(SessionEnded, CsrfMissing))
async def refresh(
    request: Request, response: Response, parts: Context = Depends(context), office: Office = Depends(office_of)
) -> SessionView:
    """A new access token for the session; roles changed meanwhile show in it."""
    _same_site(request)
    account, session_id = await office.people.of_session(_refresh_token(parts, request))
    return await _answer(parts, office, response, account, session_id)


@router.delete("", status_code=204, responses=responses(CsrfMissing))
async def sign_out(
    request: Request, response: Response, parts: Context = Depends(context), office: Office = Depends(office_of)
) -> None:
    """End the session here, and its access tokens at every service within a second or two."""
    _same_site(request)
    public_url = parts.settings.gridloop_public_url
    if token := request.cookies.get(session_cookie(public_url)):
        await office.people.sign_out(token, _network(request))
    for name in (access_cookie(public_url), session_cookie(public_url)):
        response.delete_cookie(name, secure=is_encrypted(public_url), httponly=True, samesite="lax")


@router.post(
    "/password", response_model=SessionView, responses=responses(SignInRefused, TooManyAttempts, PasswordTooWeak)
)  # fmt: skip
async def change_password(
    body: NewPassword,
    request: Request,
    response: Response,
    parts: Context = Depends(context),
    office: Office = Depends(office_of),
    caller: Caller = Depends(needs()),
) -> SessionView:
    """Change one's own password. Every other session of the account ends."""
    if caller.kind != "account":
        raise NotAllowed(roles="account")
    account, session_id, token = await office.people.change_password(
        UUID(caller.id), body.old_password, body.new_password, _network(request)
    )
    _set_session(parts, response, token)
    return await _answer(parts, office, response, account, session_id)


async def _answer(
    parts: Context, office: Office, response: Response, account: Account, session_id: UUID
) -> SessionView:
    district = parts.district
    token, expires = await office.mint.issue(
        parts.database, dict(district.signing_keys), district.release, claims_of(account, session_id)
    )  # fmt: skip
    _set(parts, response, access_cookie(parts.settings.gridloop_public_url), token, TOKEN_SECONDS)
    return SessionView(access_token=token, expires_at=expires, account=AccountView.of(account))


def _network(request: Request) -> str:
    """The network that the caller is in, as the front door says."""
    return network_of(request.client.host if request.client is not None else "")


def _refresh_token(parts: Context, request: Request) -> str:
    token = request.cookies.get(session_cookie(parts.settings.gridloop_public_url))
    if not token:
        raise SessionEnded
    return token


def _same_site(request: Request) -> None:
    """A change by cookie alone must carry the header that no other site can send."""
    if request.headers.get("x-gridloop-csrf") != "1":
        raise CsrfMissing


def _set_session(parts: Context, response: Response, token: str) -> None:
    name = session_cookie(parts.settings.gridloop_public_url)
    _set(parts, response, name, token, int(SESSION_LIFE.total_seconds()))


def _set(parts: Context, response: Response, name: str, value: str, seconds: int) -> None:
    secure = is_encrypted(parts.settings.gridloop_public_url)
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)
