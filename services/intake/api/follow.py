"""HTTP API for residents who follow a case without an account.

They give the case number, and the last digits of their phone number or a query code.
"""

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
from services.intake.api.resources import Resources, resources
from services.intake.domain.problems import CaseUnknown, NotMatched
from services.intake.store import personal_data, searches
from services.intake.store.encryption import digits

router = APIRouter(prefix="/api/intake", tags=["residents"])

_SECONDS = 1800


class FollowForm(Form):
    """The case number on the receipt, and a proof.

    The proof is either the last four digits of the reporter's phone number or the query code.
    """

    case_number: str = Field(max_length=32)
    phone_tail: str | None = Field(default=None, pattern=r"^[0-9]{4}$")
    query_code: str | None = Field(default=None, min_length=6, max_length=6)

    @model_validator(mode="after")
    def _require_one(self) -> FollowForm:
        if (self.phone_tail is None) == (self.query_code is None):
            raise ValueError("请填手机尾号或查询码之一 / give either phone_tail or query_code")
        return self


class FollowToken(BaseModel):
    """A short-lived token. Send it as `Authorization: Bearer …` to read the status of the case or to give feedback."""

    token: str
    expires_at: datetime
    case_id: UUID
    report_id: UUID
    case_number: str


@router.post("/follow", response_model=FollowToken, responses=responses(InvalidRequest, NotMatched, TooMany, NotReady))
async def follow(
    form: FollowForm, request: Request, ctx: Context = Depends(context), resources: Resources = Depends(resources)
) -> FollowToken:
    """Return a token to follow one case.

    An unknown case number, wrong last digits of the phone and a wrong query code get the same answer. Each counts as a
    wrong try.
    """
    number = form.case_number.strip().upper()
    network = network_of(request)
    resources.followers.spend(network)
    resources.wrong_tries.check(network, number)
    try:
        case_id = await searches.case_of(ctx.database, number)
    except CaseUnknown as error:
        resources.wrong_tries.count_wrong(network, number)
        raise NotMatched from error
    stored = await personal_data.find_reporter(ctx.database, case_id)
    if stored is None or not _matches(form, case_id, stored, resources):
        resources.wrong_tries.count_wrong(network, number)
        raise NotMatched
    return FollowToken(
        token=ctx.auth.resident_token(str(case_id), str(case_id), _SECONDS),
        expires_at=datetime.now(UTC) + timedelta(seconds=_SECONDS),
        case_id=case_id,
        report_id=case_id,
        case_number=number,
    )


def _matches(form: FollowForm, case_id: UUID, stored: personal_data.ReporterRecord, resources: Resources) -> bool:
    if form.query_code is not None:
        expected = stored.code_hash or b""
        return hmac.compare_digest(resources.vault.code_hash(case_id, form.query_code), expected)
    if stored.encrypted is None:
        return False
    phone = resources.vault.decrypt(case_id, stored.encrypted).get("phone") or ""
    return hmac.compare_digest(digits(phone)[-4:], form.phone_tail or "")
