"""Fuzz the HTTP API of a running service from its own OpenAPI document, with schemathesis.

All checks of schemathesis are on; `_is_a_fault` filters failures that are no fault of a service. The requests that
cover the schema are always the same. `FUZZ_EXAMPLES` sets the number of random requests per operation, `FUZZ_SEED`
their seed.
"""

from __future__ import annotations

import asyncio
import copy
import os
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jwt
import orjson
import schemathesis
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from hypothesis import strategies as st
from schemathesis import engine, hooks
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import Status, events
from schemathesis.openapi.checks import RejectedPositiveData

from services.chassis.auth import AUDIENCE
from services.chassis.openapi_errors import PROBLEM_JSON, PROBLEM_TYPES, ROLES
from services.chassis.problems import InvalidRequest
from services.chassis.validation import MESSAGES
from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import SERVICE as INTAKE
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from services.tracking.app import SERVICE as TRACKING
from tests.support.installation import SERVICE_KEY, Installation
from tests.support.intake_driver import IntakeDriver
from tests.support.sample_district import access_token, start_with_sample_district
from tests.support.waiting import wait_until

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))
INTERNAL_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
SEED = int(os.environ.get("FUZZ_SEED", "9"))

_ACCOUNTS = (
    "administrator",
    "shift_lead",
    "dispatcher",
    "leader",
    "assessor",
    "officer",
    "unit_clerk",
    "hotline",
    "handler",
    "intake_clerk",
    "team_leader",
    "gateway",
    "grid_lead",
    "instructor",
    "auditor",
)


_REJECTIONS = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]
_ALL: Mapping[str, Any] = {"enabled": True, "negative_data_rejection": {"expected-statuses": _REJECTIONS}}
"""Every check. A body with too many values is refused before anybody looks at them (413)."""


@dataclass
class Callers:
    """Accounts that send the requests: their roles, and a function that returns a valid credential."""

    roles: Mapping[str, frozenset[str]]
    credential: Callable[[str], str]

    def credential_for(self, operation: Any, drawn: int) -> str | None:
        """Return a credential: mostly of an account that may use the operation, sometimes of another one or none."""
        wanted = operation.definition.raw.get(ROLES)
        names = list(self.roles)
        if drawn % 8 == 0 or (wanted is None and drawn % 3 == 0):
            return None
        if wanted and drawn % 8 > 1:
            names = [name for name, roles in self.roles.items() if not roles.isdisjoint(wanted)] or names
        return self.credential(names[drawn // 8 % len(names)])


@dataclass
class Report:
    """Result of a run."""

    requests: int = 0
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """Operation → number of responses by status."""
    faults: dict[tuple[str, str], str] = field(default_factory=dict)
    """Operation and fault → the first request that shows the fault, and its response."""

    def locked(self) -> list[str]:
        """Return the operations that refused every caller. Some need an account or a state that is missing here."""
        return [name for name, statuses in self.statuses.items() if set(statuses) <= {401, 403, 405}]

    def __str__(self) -> str:
        return "\n\n".join(f"{operation}: {what}\n{how}" for (operation, what), how in sorted(self.faults.items()))


async def fuzz_service(installation: Installation, name: str) -> Report:
    """Start all services with one dispatched case, and fuzz one service."""
    await start_with_sample_district(installation, INTAKE, ROUTING, DISPATCH, SUPERVISION, TRACKING)
    known, callers = await path_values_of_a_case(installation), await _callers(installation)
    document = installation.running[name].app.openapi()
    for path, operations in list(document["paths"].items()):
        if any(
            "text/event-stream" in each["responses"].get("200", {}).get("content", {}) for each in operations.values()
        ):
            del document["paths"][path]  # its response never ends
    return await asyncio.to_thread(
        fuzz, document, _config(installation.running[name].url), callers.credential_for, known
    )


async def path_values_of_a_case(installation: Installation) -> dict[str, list[str]]:
    """File a case, wait for its dispatch, and return path parameter → values."""
    intake_driver = IntakeDriver(installation, installation.running["intake"])
    receipt = await intake_driver.file_case()
    await intake_driver.close()
    pool = installation.running["dispatch"].context.database
    dispatch_id = await wait_until(lambda: pool.fetchval("SELECT id FROM dispatch LIMIT 1"), what="a dispatch")
    number, case_id = receipt["case_number"], receipt["case_id"]
    return {
        "case_id": [case_id],
        "case": [case_id, number],
        "name": [case_id, number],
        "number": [number],
        "report_id": [receipt["report_id"]],
        "dispatch_id": [str(dispatch_id)],
    }


async def _callers(installation: Installation) -> Callers:
    registry, loop = installation.running["registry"].context, asyncio.get_running_loop()
    claims = {
        name: jwt.decode(await access_token(installation, name), options={"verify_signature": False}, audience=AUDIENCE)
        for name in _ACCOUNTS
    }
    issued: dict[tuple[str, int], str] = {}

    async def issue(name: str) -> str:
        district = registry.district
        found = await registry.process_state.signer.issue(
            registry.database, dict(district.signing_keys), district.release, claims[name]
        )
        return found[0]

    def credential(name: str) -> str:
        """Return a token signed with a key in force, because requests change the signing keys."""
        key = (name, registry.district.release)
        if key not in issued:
            issued[key] = asyncio.run_coroutine_threadsafe(issue(name), loop).result()
        return issued[key]

    return Callers({name: frozenset(each["roles"]) for name, each in claims.items()}, credential)


async def fuzz_internal(installation: Installation, name: str, *, thorough: bool) -> Report:
    """Fuzz the `/internal` routes of a running service as another service, with the service key.

    These routes have no published document. Every response must be JSON or a problem, and never a server fault. With
    `thorough`, the requests also cover the schema.
    """
    running = installation.running[name]
    routes = [copy.copy(each) for each in running.app.routes if isinstance(each, APIRoute)]
    routes = [each for each in routes if each.path.startswith("/internal")]
    for route in routes:
        route.include_in_schema = True
    document = get_openapi(title="internal", version="1", routes=routes)
    checks = {"enabled": False, "not_a_server_error": {"enabled": True}}
    config = _config(running.url, examples=INTERNAL_EXAMPLES, checks=checks, covering=thorough)
    return await asyncio.to_thread(fuzz, document, config, lambda *_: SERVICE_KEY, {}, documented=False)


def fuzz(
    document: dict[str, Any],
    config: schemathesis.Config,
    credential_for: Callable[[Any, int], str | None],
    known: Mapping[str, Sequence[str]],
    *,
    documented: bool = True,
) -> Report:
    """Send requests to every operation of the document and check the responses. Blocks: run it in a thread.

    Args:
        document: the OpenAPI document.
        config: seed, checks and number of requests; the same seed draws the same requests.
        credential_for: returns the credential of a request, given the operation and a number drawn for the request.
        known: path parameter → values that exist.
        documented: whether the document names the types of problems.
    """
    schema = schemathesis.openapi.from_dict(document, config=config)

    @schema.auth(refresh_interval=None)
    class _Credentials:
        def get(self, case: Any, context: Any) -> str | None:
            return credential_for(
                context.operation, _drawn(case) if case.query or case.body or case.path_parameters else 7
            )

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    @schemathesis.hook
    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        if case.meta is None or not case.meta.is_negative_at(ParameterLocation.PATH):
            for name in case.path_parameters.keys() & known.keys():
                if _drawn(case) % 3:
                    case.path_parameters[name] = known[name][_drawn(case) % len(known[name])]
        if _drawn(case) % 4:  # else most commands would reuse a key with another body
            case.headers.pop("Idempotency-Key", None)

    @schemathesis.hook
    def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
        return _is_a_fault(failure, response)

    found = Report()
    try:
        for event in engine.from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                _note(event.recorder, found, documented=documented)
            elif isinstance(event, events.NonFatalError):
                found.faults[event.label, repr(event.value)] = ""
            elif isinstance(event, events.FatalError):
                raise event.exception
    finally:
        hooks.unregister_all()
    return found


def _config(
    url: str, *, examples: int = EXAMPLES, checks: Mapping[str, Any] = _ALL, covering: bool = True
) -> schemathesis.Config:
    """Return the configuration of a run. Stateful testing is off, because our documents have no links."""
    return schemathesis.Config.from_dict(
        {
            "seed": SEED,
            "base-url": url,
            "continue-on-failure": True,
            "request-timeout": 60,
            "suppress-health-check": ["all"],
            "cache": {"enabled": False},
            "phases": {"stateful": {"enabled": False}, "coverage": {"enabled": covering}},
            "checks": checks,
            "generation": {"max-examples": examples, "database": "none", "no-shrink": True},
        }
    )


def _drawn(case: Any) -> int:
    """Return a number that depends on the request alone, so that the same seed sends the same requests."""
    return zlib.crc32(repr((case.method, case.path, case.query, str(case.body))).encode())


def _is_a_fault(failure: Any, response: Any) -> bool:
    """Return whether a failed check is the service's fault.

    A request that fits the schema may be refused for a reason that a schema cannot express: an unknown id, the state of
    the case, two fields that do not fit together, or the bounds of dates.
    """
    if not isinstance(failure, RejectedPositiveData):
        return True
    problem = orjson.loads(response.content)
    messages = [each["message"] for each in problem.get("errors", ())]
    return problem["type"] == InvalidRequest.type() and all(map(_is_schema_rule, messages))


_OF_PYDANTIC = [re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(zh))) for zh, _ in MESSAGES.values()]


def _is_schema_rule(message: str) -> bool:
    return any(each.fullmatch(message) for each in _OF_PYDANTIC) and not re.search("1900-01-01|2200-01-01", message)


def _note(recorder: Any, found: Report, *, documented: bool) -> None:
    for case_id, interaction in recorder.interactions.items():
        case, response = recorder.cases[case_id].value, interaction.response
        found.requests += 1
        if response is None:
            found.faults[case.operation.label, "no response"] = ""
            continue
        found.statuses[case.operation.label][response.status_code] += 1
        if not documented:
            _check_is_json(case, response, found)
        elif response.status_code != 405:  # of another method than the operation's
            _check_type(case, response, found)
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.status == Status.FAILURE:
                failure, response = check.failure_info.failure, recorder.interactions[case_id].response
                what = f"{check.name}: {failure.title} ({response.status_code})"
                how = f"{failure.message}\n{check.failure_info.code_sample}\n{response.content[:400]}"
                found.faults.setdefault((recorder.label, what), how)


def _check_is_json(case: Any, response: Any, found: Report) -> None:
    kind = response.headers.get("content-type", [""])[0]
    if kind not in ("application/json", PROBLEM_JSON):
        found.faults[case.operation.label, f"content type {kind} ({response.status_code})"] = ""


def _check_type(case: Any, response: Any, found: Report) -> None:
    """Record a problem whose type is not documented for its operation and status."""
    if response.headers.get("content-type", [""])[0].startswith(PROBLEM_JSON):
        kind = orjson.loads(response.content)["type"]
        documented = case.operation.definition.raw["responses"].get(str(response.status_code), {})
        if kind not in documented.get(PROBLEM_TYPES, {}):
            found.faults[case.operation.label, f"undocumented problem {kind} ({response.status_code})"] = ""


def _instants() -> st.SearchStrategy[str]:
    """Draw instants in several zones; some cannot be converted to all zones."""
    near = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1))  # noqa: DTZ001 - the zone follows
    zones = st.sampled_from(["Z", "+08:00", "-14:00", "+14:00"])
    usual = st.tuples(near, zones).map(lambda drawn: drawn[0].isoformat() + drawn[1])
    odd = st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1900-01-01T00:00:00Z"])
    return st.one_of(usual, usual, usual, odd)


schemathesis.openapi.format("date-time", _instants())


@schemathesis.serializer("application/zip")
def _bytes_as_they_are(context: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode()
