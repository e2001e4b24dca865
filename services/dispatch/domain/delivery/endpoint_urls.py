"""URLs that may be registered for endpoints.

The network address is checked again at each connection, because the host name can get another address.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

from services.chassis.problems import Problem
from services.dispatch.domain.delivery.addresses import Network, is_permitted

MAX_LENGTH = 2000
HTTPS_PORTS = frozenset({443, 8443})
_DEFAULT_PORTS = {"https": 443, "http": 80}


class EndpointUrlRefused(Problem):
    status = 422
    zh = "此地址不能登记：{why_zh}。"
    en = "This address cannot be registered: {why}."


def normalise_url(url: str, allowed: Sequence[Network]) -> str:
    """Return the URL in its normal form: lower-case ASCII host, no final dot, no default port, no fragment.

    Only HTTPS on port 443 or 8443 is accepted. If the operator allows private networks (a government network or a
    demo), plain HTTP and other ports are accepted too; the network address is checked at each connection. Raises
    `EndpointUrlRefused` for any other URL.
    """
    if len(url) > MAX_LENGTH or any(character <= " " or character == "\x7f" for character in url):
        raise EndpointUrlRefused(why="too long, or it contains blanks", why_zh="过长或含有空白字符")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise EndpointUrlRefused(why="not a URL", why_zh="不是合法的网址") from error
    if parts.scheme not in ("https", "http") or not host:
        raise EndpointUrlRefused(why="it must begin with https://", why_zh="须以 https:// 开头")
    if parts.username is not None or parts.password is not None:
        raise EndpointUrlRefused(why="it must not hold a user name or password", why_zh="不得包含用户名或密码")
    if not allowed and (parts.scheme != "https" or (port or 443) not in HTTPS_PORTS):
        raise EndpointUrlRefused(
            why="only https on port 443 or 8443 is allowed", why_zh="只允许 https，端口 443 或 8443"
        )
    host = _ascii(host)
    _refuse_denied_literal(host, allowed)
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        netloc += f":{port}"
    return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))


def _ascii(host: str) -> str:
    """Return the host name in its ASCII form (IDNA). Raises `EndpointUrlRefused` for a name without such a form."""
    try:
        name = host.encode("idna").decode().lower().removesuffix(".") if ":" not in host else host.lower()
    except UnicodeError as error:
        raise EndpointUrlRefused(why="the host name is not valid", why_zh="主机名无效") from error
    if not name:
        raise EndpointUrlRefused(why="the host name is not valid", why_zh="主机名无效")
    return name


def _refuse_denied_literal(host: str, allowed: Sequence[Network]) -> None:
    """Refuse a host that is an IP address in a forbidden network, or `localhost`.

    Without this check the refusal would come only with the first test message.
    """
    try:
        ip_address(host)
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            host = "127.0.0.1"
        else:
            return
    if not is_permitted(host, allowed):
        raise EndpointUrlRefused(
            why=f"the network of {host} is not allowed (GRIDLOOP_WEBHOOK_ALLOW)",
            why_zh=f"不允许访问 {host} 所在网络（GRIDLOOP_WEBHOOK_ALLOW）",
        )
