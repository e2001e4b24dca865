"""Routes to sign in and out.

A sign-in sets two cookies: an access token, which every service accepts for five minutes, and the refresh token of the
session, with which the browser requests new access tokens.
"""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.chassis.auth import (
    TOKEN_SECONDS,
    Caller,
    access_cookie,
    delete_session_cookies,
    is_encrypted,
    session_cookie,
)
from services.chassis.context import Context
from services.chassis.openapi_errors import responses
from services.chassis.problems import CsrfMissing, NotAllowed
from services.chassis.web import context, needs
from services.registry.api.dependencies import registry_state
from services.registry.api.views import AccountView, SessionView, Text, View
from services.registry.domain.bindings import claims_of
from services.registry.domain.problems import PasswordTooWeak, SessionEnded, SignInRefused, TooManyAttempts
from services.registry.domain.throttling import network_of
from services.registry.domain.tokens import SESSION_LIFE
from services.registry.store.registry_state import RegistryState
from services.registry.store.tables import Account

SESSION_PATH = "/api/registry/session"


class SignIn(View):
    """User name and password of a person who signs in."""

    username: Text = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=128)


class NewPassword(View):
    """Present password of the caller, and the new one."""

    old_password: str = Field(min_length=1, max_length=128)
    new_password: str = Field(min_length=1, max_length=128)


async def _forbid_caching(response: Response) -> None:
    """Forbid caching of the response, because it may contain a token. This is a FastAPI dependency."""
    response.headers["cache-control"] = "no-store"


router = APIRouter(prefix=SESSION_PATH, tags=["session"], dependencies=[Depends(_forbid_caching)])


@router.post("", response_model=SessionView, responses=responses(SignInRefused, TooManyAttempts))
async def sign_in(
    body: SignIn,
    request: Request,
    response: Response,
    ctx: Context = Depends(context),
    state: RegistryState = Depends(registry_state),
) -> SessionView:
    """Sign in with user name and password.

    After several failed attempts the next attempt must wait (status 429 with `Retry-After`). Failed attempts are
    counted in three ways: per name and network, per network, and per name. If this account has signed in from this
    network before, only the count per name and network matters.
    """
    account, session_id, token = await state.accounts.sign_in(body.username, body.password, _network(request))
    _set_session_cookie(ctx, response, token)
    return await _with_access_token(ctx, state, response, account, session_id)


@router.get("", response_model=SessionView, responses=responses(SessionEnded))
async def read_session(
    request: Request,
    response: Response,
    ctx: Context = Depends(context),
    state: RegistryState = Depends(registry_state),
) -> SessionView:
    """Return the signed-in account with a new access token."""
    account, session_id = await state.accounts.by_session(_refresh_token(ctx, request))
    return await _with_access_token(ctx, state, response, account, session_id)


@router.post("/refresh", response_model=SessionView, responses=responses(SessionEnded, CsrfMissing))
async def refresh_session(
    request: Request,
    response: Response,
    ctx: Context = Depends(context),
    state: RegistryState = Depends(registry_state),
) -> SessionView:
    """Return the account and a new access token with its present rights. The header against CSRF is required."""
    _guard_csrf(request)
    account, session_id = await state.accounts.by_session(_refresh_token(ctx, request))
    return await _with_access_token(ctx, state, response, account, session_id)


@router.delete("", status_code=204, responses=responses(CsrfMissing))
async def sign_out(
    request: Request,
    response: Response,
    ctx: Context = Depends(context),
    state: RegistryState = Depends(registry_state),
) -> None:
    """End the session now. Every service refuses the access tokens of the session within two seconds."""
    _guard_csrf(request)
    public_url = ctx.settings.gridloop_public_url
    if token := request.cookies.get(session_cookie(public_url)):
        await state.accounts.sign_out(token, _network(request))
    delete_session_cookies(response, public_url)


@router.post(
    "/password", response_model=SessionView, responses=responses(SignInRefused, TooManyAttempts, PasswordTooWeak)
)
async def change_password(
    body: NewPassword,
    request: Request,
    response: Response,
    ctx: Context = Depends(context),
    state: RegistryState = Depends(registry_state),
    caller: Caller = Depends(needs()),
) -> SessionView:
    """Change the caller's own password. All sessions of the account end, and the caller gets a new one."""
    if caller.kind != "account":
        raise NotAllowed(roles="account")
    account, session_id, token = await state.accounts.change_password(
        UUID(caller.id), body.old_password, body.new_password, _network(request)
    )
    _set_session_cookie(ctx, response, token)
    return await _with_access_token(ctx, state, response, account, session_id)


async def _with_access_token(
    ctx: Context, state: RegistryState, response: Response, account: Account, session_id: UUID
) -> SessionView:
    """Issue an access token, set it as a cookie, and return it together with the account."""
    district = ctx.district
    token, expires = await state.signer.issue(
        ctx.database, dict(district.signing_keys), district.release, claims_of(account, session_id)
    )
    _set_cookie(ctx, response, access_cookie(ctx.settings.gridloop_public_url), token, TOKEN_SECONDS)
    return SessionView(access_token=token, expires_at=expires, account=AccountView.of(account))


def _network(request: Request) -> str:
    """Return the network of the caller, from the address that the reverse proxy forwards."""
    return network_of(request.client.host if request.client is not None else "")


def _refresh_token(ctx: Context, request: Request) -> str:
    token = request.cookies.get(session_cookie(ctx.settings.gridloop_public_url))
    if not token:
        raise SessionEnded
    return token


def _guard_csrf(request: Request) -> None:
    """Refuse a request without the header `x-gridloop-csrf`, which other sites cannot send. Raises `CsrfMissing`."""
    if request.headers.get("x-gridloop-csrf") != "1":
        raise CsrfMissing


def _set_session_cookie(ctx: Context, response: Response, token: str) -> None:
    name = session_cookie(ctx.settings.gridloop_public_url)
    _set_cookie(ctx, response, name, token, int(SESSION_LIFE.total_seconds()))


def _set_cookie(ctx: Context, response: Response, name: str, value: str, seconds: int) -> None:
    secure = is_encrypted(ctx.settings.gridloop_public_url)
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)
