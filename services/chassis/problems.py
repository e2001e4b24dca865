"""Errors that a caller can act on (RFC 9457), each with a stable type and texts in zh and en."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, ParamSpec
from uuid import UUID

from contracts.roles import ROLE_NAMES
from contracts.transitions import ACTIONS, STATUSES, named

P = ParamSpec("P")

Language = str
"""`zh` or `en`."""

_SOON = 5
"""Default of `Retry-After`, in seconds."""


class Problem(Exception):
    """A refusal that says what is wrong and what to do. One subclass per type; the texts are format strings.

    Keyword arguments fill the texts and become extension members of the response.
    """

    status: ClassVar[int] = 400
    zh: ClassVar[str] = "请求无法处理。"
    en: ClassVar[str] = "The request cannot be handled."

    def __init__(self, **members: Any) -> None:
        super().__init__(type(self).__name__)
        self.members = members

    def __str__(self) -> str:
        return self.text("en")

    @classmethod
    def type(cls) -> str:
        """Return the stable identifier: `/problems/<kebab-case-name>`."""
        return "/problems/" + re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    def text(self, language: Language) -> str:
        """Return the title in the caller's language."""
        template = self.en if language == "en" else self.zh
        return template.format_map(_Shown(self.shown(language)))

    def shown(self, language: Language) -> dict[str, Any]:  # noqa: ARG002 (subclasses use it)
        """Return the values that fill the placeholders of the title."""
        return self.members

    def body(self, language: Language) -> dict[str, Any]:
        """Return the members of the JSON response."""
        return {**self.members, "type": self.type(), "status": self.status, "title": self.text(language)}

    def headers(self) -> dict[str, str]:
        """Return the headers of the response: `WWW-Authenticate`, `Retry-After` or `Connection`."""
        if self.status == 401:
            return {"www-authenticate": "Bearer"}
        if self.status in (429, 503):
            return {"retry-after": str(self.members.get("seconds", _SOON))}
        if self.status == 408:
            return {"connection": "close"}
        return {}


class _Shown(dict[str, Any]):
    """Values for the placeholders of a text. A missing value is shown as a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


class InvalidRequest(Problem):
    status = 422
    zh = "请求内容有误，请按 errors 所列逐项更正。"
    en = "The request is not valid. Correct what `errors` lists."


class NotSignedIn(Problem):
    status = 401
    zh = "请先登录，或提供有效的密钥。"
    en = "Sign in first, or show a valid key."


class SignatureMissing(Problem):
    status = 401
    zh = (
        "此密钥发来的请求须签名（Standard Webhooks）：请带 webhook-id（不含“.”的可打印字符，至多 200 个）、"
        "webhook-timestamp（Unix 秒）与 webhook-signature。"
    )
    en = (
        "Messages of this key must be signed (Standard Webhooks): add webhook-id (printable, without a dot, at most 200"
        " characters), webhook-timestamp (Unix seconds) and webhook-signature."
    )


class SignatureOutdated(Problem):
    status = 401
    zh = "webhook-timestamp 与我方时间（{ours}）相差超过 {seconds} 秒。请校准时钟，并在每次发送时按当时的时间重新签名。"
    en = "webhook-timestamp is more than {seconds} seconds from our time ({ours}). Correct your clock, and sign again at every attempt."


class SignatureWrong(Problem):
    status = 401
    zh = "签名不符。请用现行的密钥（whsec_…）对“webhook-id.webhook-timestamp.正文”签名，正文须是所发送的原始字节。"
    en = (
        "The signature does not match. Sign `webhook-id.webhook-timestamp.body` with the current secret (whsec_…), with the"
        " body as the exact bytes sent."
    )


class NotAllowed(Problem):
    """The caller lacks a role.

    `roles` lists the codes of sufficient roles, separated by ", "; the title shows their names.
    """

    status = 403
    zh = "您没有此操作的权限（需要角色：{roles}）。"
    en = "You are not allowed to do this. Required role: {roles}."

    def shown(self, language: Language) -> dict[str, Any]:
        codes, english = str(self.members["roles"]).split(", "), language == "en"
        names = (ROLE_NAMES[each][1 if english else 0] if each in ROLE_NAMES else each for each in codes)
        return {**self.members, "roles": (", " if english else "、").join(names)}


class PhotosMissing(Problem):
    """The request names photos that were not uploaded. `missing` lists the hashes of these photos."""

    status = 422
    zh = "请先上传照片再提交，未收到：{missing}。"
    en = "Upload the photos first. Missing: {missing}."

    def shown(self, language: Language) -> dict[str, Any]:
        return {**self.members, "missing": ("、" if language == "zh" else ", ").join(self.members["missing"])}


class CsrfMissing(Problem):
    status = 403
    zh = "以 Cookie 登录时，修改请求须带请求头 X-Gridloop-CSRF: 1。"
    en = "A change with a session cookie needs the header X-Gridloop-CSRF: 1."


class NotFound(Problem):
    status = 404
    zh = "没有找到：{what}。请检查编号。"
    en = "Not found: {what}. Check the number."


class MethodNotAllowed(Problem):
    status = 405
    zh = "此地址不支持 {method}。可用的方法见响应头 Allow。"
    en = "This address does not support {method}. The Allow header lists the supported methods."


class NotUtf8(Problem):
    status = 400
    zh = "请求内容不是 UTF-8 编码。请改用 UTF-8 后重新发送。"
    en = "The body is not UTF-8. Encode it as UTF-8 and send it again."


class NotJson(Problem):
    status = 415
    zh = "请求内容须为 JSON：请以 JSON 发送，并带请求头 Content-Type: application/json。"
    en = "The body must be JSON. Send it as JSON, with the header Content-Type: application/json."


class NotReadable(Problem):
    status = 400
    zh = "请求内容无法读取：JSON 嵌套过深，或其中的数字过长。请改正后重新发送。"
    en = "The body cannot be read: its JSON is nested too deeply, or a number in it is too long. Correct it and send it again."


class NotStorable(Problem):
    status = 422
    zh = "请求中有无法保存的内容：空字符（U+0000）或超出范围的数字。请删除或改正后重新发送。"
    en = "The request contains a NUL character (U+0000) or a number out of range. Remove or correct it."


class KeyTooLong(Problem):
    status = 422
    zh = "Idempotency-Key 过长（最多 {limit} 个字符）。请用 UUID。"
    en = "The Idempotency-Key is too long (at most {limit} characters). Use a UUID."


class KeyTooShort(Problem):
    status = 422
    zh = "未登录时，Idempotency-Key 须随机生成且不少于 {least} 个字符，以免与他人的请求相混。请用 UUID。"
    en = (
        "Without signing in, an Idempotency-Key must be random and have at least {least} characters, so that no other"
        " caller uses the same key. Use a UUID."
    )


class KeyReused(Problem):
    status = 409
    zh = "此 Idempotency-Key 已用于内容不同的请求。新的请求请用新的键。"
    en = "This Idempotency-Key was used for a request with another body. Use a new key for a new request."


class ChangedMeanwhile(Problem):
    status = 412
    zh = "内容已被他人更改（您看到的是第 {yours} 版，现为第 {current} 版）。请刷新后再试。"
    en = "This was changed by somebody else (you saw version {yours}, it is {current} now). Reload and try again."


class NothingToMatch(Problem):
    status = 412
    zh = "此请求所改的内容没有版本，无法核对 If-Match。请去掉 If-Match 后再发送。"
    en = "The changed resource has no version, so If-Match cannot be checked. Send the request without If-Match."


class TryLater(Problem):
    status = 503
    zh = "服务暂时不可用，请稍后用同一 Idempotency-Key 重试。"
    en = "The service is temporarily unavailable. Try again soon with the same Idempotency-Key."


class NotReady(TryLater):
    status = 503
    zh = "区划数据尚未就绪，请稍后再试。"
    en = "The reference data of the district has not been loaded yet. Try again soon."


class CaseHalted(TryLater):
    """The stored state of the case cannot be read by this version: it was written by a newer version, or is damaged."""

    status = 503
    zh = "案件 {case} 的数据由更新的版本写入或已损坏，本版本无法读取，处理已暂停，数据不会被改写。请稍后重试，或请系统管理员升级。"
    en = (
        "The data of case {case} was written by a newer version or is damaged. This version cannot read it, so the case is"
        " halted and its data is left as it is. Try again later, or ask the administrator to upgrade."
    )

    def __init__(self, errors: Mapping[UUID, str]) -> None:
        super().__init__(case=str(next(iter(errors))))
        self.errors = errors
        """Case → what cannot be read."""

    def __str__(self) -> str:
        return "; ".join(f"case {case_id}: {why}" for case_id, why in self.errors.items())


class TooLarge(Problem):
    status = 413
    zh = "请求内容过大（上限 {limit} 字节）。"
    en = "The request is too large (at most {limit} bytes)."


class TooManyValues(Problem):
    status = 413
    zh = "请求中的数据项过多（上限 {limit} 项）。请分几次发送。"
    en = "The request contains too many values (at most {limit}). Send it in several parts."


class TooSlow(Problem):
    status = 408
    zh = "请求内容在 {seconds} 秒内未发完。请检查网络后重新发送。"
    en = "The body did not arrive within {seconds} seconds. Check the connection and send it again."


class TooMany(Problem):
    status = 429
    zh = "请求过于频繁，请在 {seconds} 秒后再试。"
    en = "Too many requests. Try again in {seconds} seconds."


def is_allowed(guard: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Return whether a guard allows the action. A guard refuses the action by raising a `Problem`."""
    try:
        guard(*args, **kwargs)
    except Problem:
        return False
    return True


class NotPossibleNow(Problem):
    """The action is not allowed in the current status. `possible` lists the allowed actions, and the title names them.

    The names come from the table of transitions, so that every service uses the same names.
    """

    status = 409
    zh = "现在是“{current}”，不能这样做。现在可以：{possible}。"
    en = "Not possible in the status “{current}”. Possible now: {possible}."

    def __init__(self, current: str, possible: Iterable[str], **members: Any) -> None:
        super().__init__(current=current, possible=list(possible), **members)

    def shown(self, language: Language) -> dict[str, Any]:
        current, can = named(STATUSES, [self.members["current"]]), named(ACTIONS, self.members["possible"])
        english = language == "en"
        return {
            **self.members,
            "current": current.en if english else current.zh,
            "possible": can.en if english else can.zh,
        }


class RefusedWithAlternatives(Problem):
    """The action is refused. `possible` lists the actions that are allowed instead, and the title names them."""

    def shown(self, language: Language) -> dict[str, Any]:
        can = named(ACTIONS, self.members.get("possible", ()))
        return {**self.members, "possible": can.en if language == "en" else can.zh}


class EarlierEventsMissing(Problem):
    status = 409
    zh = "本案此来源只应用到第 {applied} 条，不能越过中间的事件跳到第 {sequence} 条。请等补齐后再试。"
    en = "Only {applied} events of this source are applied. Skipping to {sequence} would lose the events in between. Try again after they arrive."


class NotAnEvent(Problem):
    status = 409
    zh = "这条记录不是本系统的事件，无法重试，只能跳过（skip）。"
    en = "This record is not an event of this system. It cannot be retried, only skipped."


class SnapshotReloadNeeded(Problem):
    status = 409
    zh = (
        "登记服务恢复后会再次使用已丢失版本的编号，本服务须重新读取全部版本。请停止本服务的所有副本，运行"
        " python -m services.chassis.reload_registry_snapshot {service}，再启动。"
    )
    en = (
        "A restored registry uses the numbers of its lost releases again, so this service must read all releases again. Stop"
        " all its replicas, run python -m services.chassis.reload_registry_snapshot {service}, and start it again."
    )


class CursorInvalid(Problem):
    status = 422
    zh = "游标无效。请从列表第一页重新开始。"
    en = "The cursor is not valid. Start again from the first page."


class ServerFault(Problem):
    status = 500
    zh = "服务内部出错，已记录（编号 {trace}）。请稍后重试。"
    en = "An internal error occurred and was recorded (reference {trace}). Try again later."
