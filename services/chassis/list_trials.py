"""Signed results of trials of a draft responsibility list.

Routing signs the result, and a person submits it to the registry. So the registry need not call routing. Like a
resident's token, the result is signed with a secret that all services derive.
"""

from __future__ import annotations

import jwt
from pydantic import ValidationError

from contracts.list_drafts import ListTrial
from services.chassis import keys

_PURPOSE = "list-trials"


class TrialSignatureInvalid(ValueError):
    """Raised if a text is not a result that routing of this installation has signed."""


def sign(trial: ListTrial, secret_key: str) -> str:
    """Return the result as a signed text for `verify`."""
    return jwt.encode({"trial": trial.model_dump(mode="json")}, keys.derive(secret_key, _PURPOSE), algorithm="HS256")


def verify(signed_trial: str, secret_key: str) -> ListTrial:
    """Return the signed result. Raises `TrialSignatureInvalid`."""
    try:
        claims = jwt.decode(signed_trial, keys.derive(secret_key, _PURPOSE), algorithms=["HS256"])
        return ListTrial.model_validate(claims["trial"])
    except (jwt.PyJWTError, KeyError, ValidationError) as error:
        raise TrialSignatureInvalid from error
