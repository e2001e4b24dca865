"""The result of trying a draft of the list, sealed: routing makes it, people carry it to the registry, nobody can alter it.

No service asks another; like a resident's token it is signed with a secret that all services derive.
"""

from __future__ import annotations

import jwt
from pydantic import ValidationError

from contracts.list_drafts import ListTrial
from services.chassis import keys

_PURPOSE = "list-trials"


class TrialSignatureInvalid(ValueError):
    """Not a result that routing of this installation has sealed."""


def sign(trial: ListTrial, secret_key: str) -> str:
    """The result as a text that `verify` accepts."""
    return jwt.encode({"trial": trial.model_dump(mode="json")}, keys.derive(secret_key, _PURPOSE), algorithm="HS256")


def verify(sealed: str, secret_key: str) -> ListTrial:
    """The result that was sealed. Raises `TrialSignatureInvalid`."""
    try:
        said = jwt.decode(sealed, keys.derive(secret_key, _PURPOSE), algorithms=["HS256"])
        return ListTrial.model_validate(said["trial"])
    except (jwt.PyJWTError, KeyError, ValidationError) as error:
        raise TrialSignatureInvalid from error
