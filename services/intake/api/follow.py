"""Residents follow a case with its number and something only they know, without an account."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, model_validator

from services.chassis.context import Context
from services.chassis.forms import Form
from services.chassis.openapi_errors import responses
from services.chassis.problems import InvalidRequest, NotReady, TooMany
from services.chassis.rate_limit import network_of
from services.chassis.web import context
from services.intake.domain.problems import CaseUnknown, NotMatched
from services.intake.parts import Parts, parts
from services.intake.sealing import digits
from services.intake.store import people, searches

router = APIRouter(prefix="/api/intake", tags=["residents"])

_SECONDS = 1800


class FollowForm(Form):
    """The number on the receipt, and the last four digits of the phone or the query code."""

    case_number: str = Field(max_length=32)
    phone_tail: str | None = Field(default=None, pattern=r"^[0-9]{4}$")
    query_code: str | None = Field(default=None, min_length=6, max_length=6)

    @model_validator(mode="after")
    def _says_one(self) -> FollowForm:
        if (self.phone_tail is None) == (self.query_code is None):
            raise ValueError("请填手机尾号或查询码之一 / give either phone_tail or query_code")
        return self


class Following(BaseModel):
    """A short-lived token: send it as `Authorization: Bearer …` to ask for the status or to say whether it was solved."""

    token: str
    expires_at: datetime
    case_id: UUID
    report_id: UUID
    case_number: str


@router.post(
    "/follow", response_model=Following, responses=responses(InvalidRequest, NotMatched, TooMany, NotReady)
)  # fmt: skip
async def follow(
    form: FollowForm, request: Request, parts_: Context = Depends(context), own: Parts = Depends(parts)
) -> Following:  # fmt: skip
    """Follow one case. A wrong number and a wrong tail get the same answer, and both are counted."""
    number = form.case_number.strip().upper()
    network = network_of(request)
    own.followers.spend(network)
    own.tails.check(network, number)
    try:
        case_id = await searches.case_of(parts_.database, number)
    except CaseUnknown as error:
        own.tails.count_wrong(network, number)
        raise NotMatched from error
    kept = await people.find(parts_.database, case_id)
    if kept is None or not _matches(form, case_id, kept, own):
        own.tails.count_wrong(network, number)
        raise NotMatched
    return Following(
        token=parts_.auth.resident_token(str(case_id), str(case_id), _SECONDS),
        expires_at=datetime.now(UTC) + timedelta(seconds=_SECONDS),
        case_id=case_id,
        report_id=case_id,
        case_number=number,
    )


def _matches(form: FollowForm, case_id: UUID, kept: people.Kept, own: Parts) -> bool:
    if form.query_code is not None:
        expected = kept.code_hash or b""
        return hmac.compare_digest(own.seal.code_hash(case_id, form.query_code), expected)
    if kept.sealed is None:
        return False
    phone = own.seal.open(case_id, kept.sealed).get("phone") or ""
    return hmac.compare_digest(digits(phone)[-4:], form.phone_tail or "")
