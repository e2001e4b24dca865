"""The caller of the case routes and what the caller may see."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Depends

from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.database import Pool
from services.chassis.problems import NotAllowed, Problem
from services.chassis.web import context, needs
from services.tracking.domain.names import Names
from services.tracking.domain.scope import Scope, scope_of

_signed_in = needs()


class CaseUnknown(Problem):
    """The case does not exist, or the caller may not see it. The response is the same for both."""

    status = 404
    zh = "没有案件 {case}，或您无权查看。请检查编号。"
    en = "There is no case {case} that you may see. Check the number."


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in caller, with the scope of what the caller may see, and the current names."""

    caller: Caller
    scope: Scope
    names: Names
    context: Context

    @property
    def database(self) -> Pool:
        """Connection pool of the service."""
        return self.context.database


async def current_viewer(caller: Caller = Depends(_signed_in), ctx: Context = Depends(context)) -> Viewer:
    """Dependency: any signed-in caller except a resident. A resident's token is for the public status only."""
    if caller.kind == "resident":
        raise NotAllowed(roles="officer, unit_clerk, intake_clerk, …")
    officer = ctx.district.officers.get(caller.officer_id or "")
    scope = scope_of(caller, officer.grids if officer else (), caller.unit_and_team_ids(ctx.district))
    return Viewer(caller, scope, Names(ctx.district), ctx)
