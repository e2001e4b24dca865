"""Simulation of one case: every person involved acts until the case has ended.

`Life` reads the status of the case and acts through the public API as the person who must act in this status. A
`script` replaces the default action of a status by a list of actions. Each action of the list is used once, in order.
After the last one the default action applies again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.play.city import City, Json, UnexpectedResponseError

ENDED = frozenset({"not_filed", "withdrawn", "voided", "attached", "evaluated"})
"""Statuses in which a simulated case has ended."""

OPEN = frozenset({"awaiting_signature", "handling", "return_requested", "suspended", "rework"})

_TASK_MOVED = frozenset({"/problems/reported-by-you", "/problems/not-independent"})
"""Problem types of a refused answer to a task, because a report of the same officer was attached to the case meanwhile.

The task then goes to another officer.
"""

Act = Callable[["Life"], Awaitable[None]]


class NotYetError(Exception):
    """Raised by an action that is not possible yet. `Life` tries it again at the next poll."""


@dataclass
class Life:
    """A simulated case and the people who act in it."""

    city: City
    number: str
    case_id: str
    script: Mapping[str, list[Act]] = field(default_factory=dict[str, list[Act]])
    category: str = ""
    condition: str = ""
    """Filing condition that the acceptance desk chooses. If empty, the desk keeps the condition of the report."""
    grid: str = ""
    outcome: str = "solved"
    feedback: Mapping[str, Any] = field(default_factory=lambda: {"solved": True, "satisfied": "satisfied"})
    passed: bool = True
    not_simulated: frozenset[str] = frozenset()
    """Units for which `Life` takes no default action, because a simulated system or the script acts for them."""
    view: Json = field(default_factory=dict[str, Any])
    seen: list[str] = field(default_factory=list[str])
    """Statuses of the case in the order in which they appeared."""
    done: set[str] = field(default_factory=set[str])
    """Names of the actions that were taken, so that none is taken twice, and the texts of refused actions."""

    async def run(self, within: float = 120.0) -> Json:
        """Act until the case has ended, and return the ended case.

        Raises `TimeoutError` with the statuses of the case if it has not ended within `within` seconds. Each poll
        counts for at most five of these seconds, so that a pause of the machine (a sleeping laptop, a migrated virtual
        machine) does not look like a stuck case.
        """
        patience = within
        while patience > 0:
            polled = time.monotonic()
            found = await self.city.case(self.number)
            if found is not None:
                self.view = found
                if not self.seen or self.seen[-1] != found["status"]:
                    self.seen.append(found["status"])
                if found["status"] in ENDED:
                    return found
                await self._act(found["status"])
            await asyncio.sleep(0.15)
            patience -= min(time.monotonic() - polled, 5.0)
        raise TimeoutError(
            f"{self.number} did not end; statuses: {' → '.join(self.seen)}; actions taken: {sorted(self.done)}"
        )

    async def _act(self, status: str) -> None:
        acts = self.script.get(status)
        try:
            if acts:
                await acts[0](self)
                acts.pop(0)
            elif status in _ORDINARY:
                await _ORDINARY[status](self)
        except NotYetError:
            return
        except UnexpectedResponseError as error:
            if error.status not in (404, 409, 412, 422) and error.type not in _TASK_MOVED:
                raise
            self.done.add(f"refused {status}: {error}"[:300])

    def once(self, what: str) -> bool:
        """Return True at the first call with this name, False afterwards."""
        if what in self.done:
            return False
        self.done.add(what)
        return True

    # --- reading --------------------------------------------------------------------------------------------------

    async def at_intake(self) -> Json:
        found: Json = await self.city.ask("shift_lead", "GET", f"/api/intake/cases/{self.number}")
        return found

    async def at_supervision(self) -> Json:
        found: Json = await self.city.ask("shift_lead", "GET", f"/api/supervision/cases/{self.case_id}")
        return found

    async def dispatches(self) -> list[Json]:
        """Return the dispatches of this case."""
        found = await self.city.ask("dispatcher", "GET", "/api/dispatch/dispatches", params={"case_id": self.case_id})
        return list(found["items"])

    async def dispatch(self, unit: str) -> Json:
        """Return the newest dispatch of a unit. Raises `NotYetError` while there is none."""
        found = next((each for each in reversed(await self.dispatches()) if each["unit_id"] == unit), None)
        if found is None:
            raise NotYetError
        return found

    # --- acting ---------------------------------------------------------------------------------------------------

    async def answer(self, unit: str, action: str, dispatch_id: str, /, **body: Any) -> None:
        """Send an action of a unit on its dispatch, such as `sign` or `progress`."""
        await self.city.ask(f"unit:{unit}", "POST", f"/api/dispatch/dispatches/{dispatch_id}/{action}", body)

    async def evidence(self, unit: str, dispatch: Json) -> list[Json]:
        wanted = dispatch["condition"].get("evidence") or ["after"]
        return [await self.city.photo(f"unit:{unit}", role) for role in wanted]

    async def complete(self, dispatch: Json, outcome: str = "", note: str = "已处置完毕。") -> None:
        unit = dispatch["unit_id"]
        photos = await self.evidence(unit, dispatch)
        await self.answer(
            unit, "complete", dispatch["dispatch_id"], outcome=outcome or self.outcome, note=note, photos=photos
        )


async def _file(life: Life) -> None:
    view = await life.at_intake()
    category = life.category or (view["category"] or {}).get("id") or ""
    if not category and view["suggested_categories"]:
        category = view["suggested_categories"][0]["id"]
    body: Json = {"category_id": category, "condition_id": life.condition or view["condition_id"]}
    if view["place"] is None:
        body["grid_code"] = life.grid
    if life.once(f"file {view['version']}"):
        await life.city.ask("shift_lead", "POST", f"/api/intake/cases/{life.number}/file", body)


async def _verify(life: Life) -> None:
    task = (await life.at_intake())["task"]
    if task is None or not life.once(f"verify {task['task_id']} {task.get('officer_id')}"):
        return
    who = f"officer:{task['officer_id']}" if task.get("officer_id") else "intake_clerk"
    photos = [await life.city.photo(who, role) for role in ("near", "far")] if task["mode"] == "site" else []
    await life.city.ask(
        who,
        "POST",
        f"/api/intake/tasks/{task['task_id']}/answer",
        {"result": "confirmed", "note": "属实。", "photos": photos},
    )


async def _settle(life: Life) -> None:
    view = await life.at_intake()
    if view["settlement_approved"] is None and life.once("settle"):
        await life.city.ask(
            "intake_clerk",
            "POST",
            f"/api/intake/cases/{life.number}/settlement",
            {"approved": True, "note": "照片齐全。"},
        )


async def _decide(life: Life) -> None:
    """Choose the lead unit as the dispatcher, if routing waits for a decision by a person."""
    queue = await life.city.ask("dispatcher", "GET", "/api/routing/queue")
    mine = next((each for each in queue["items"] if each["case_id"] == life.case_id), None)
    if mine and life.once(f"decide {mine['round']}"):
        body = {"lead": "lijin-street", "co": [], "reason": "属地兜底。"}
        await life.city.ask("dispatcher", "POST", f"/api/routing/cases/{life.case_id}/decision", body)


async def _work(life: Life) -> None:
    """Let the units acknowledge and complete their dispatches.

    The dispatch service may already have a newer status than tracking, whose status selects the action. So a dispatch
    is not completed while the script still has an action for the status of the dispatch.
    """
    for dispatch in await life.dispatches():
        unit, status, dispatch_id = dispatch["unit_id"], dispatch["status"], dispatch["dispatch_id"]
        if unit in life.not_simulated or status not in OPEN:
            continue
        turn = f"{dispatch_id} {dispatch['rework_round']}"
        if status == "awaiting_signature" and life.once(f"sign {turn}"):
            await life.answer(unit, "sign", dispatch_id)
        elif status in ("handling", "rework") and not life.script.get(status) and life.once(f"complete {turn}"):
            await life.complete(dispatch)


async def _return(life: Life) -> None:
    for dispatch in await life.dispatches():
        if dispatch["status"] == "return_requested" and life.once(f"return {dispatch['dispatch_id']}"):
            await life.city.ask(
                "dispatcher",
                "POST",
                f"/api/dispatch/dispatches/{dispatch['dispatch_id']}/accept-return",
                {"note": "同意改派。"},
            )


async def _recheck(life: Life) -> None:
    for task in (await life.at_supervision())["tasks"]:
        if (
            task["kind"] == "recheck"
            and is_assigned(task)
            and life.once(f"recheck {task['task_id']} {task['officer_id']}")
        ):
            await recheck(life, task, passed=life.passed)


def is_assigned(task: Json) -> bool:
    """Return whether somebody can do the task: it is a desk's task, or it is assigned to an officer."""
    return task["queue"] != "officer" or task["officer_id"] is not None


async def recheck(life: Life, task: Json, *, passed: bool, note: str = "现场已恢复。") -> None:
    """Report the result of a recheck as the officer of the task, or as the assessor if the task has no officer."""
    who = f"officer:{task['officer_id']}" if task["officer_id"] else "assessor"
    photos = [await life.city.photo(who, "after")] if task["mode"] in ("site", "photo") else []
    await life.city.ask(
        who,
        "POST",
        f"/api/supervision/tasks/{task['task_id']}/answer",
        {"passed": passed, "note": note, "photos": photos},
    )


async def _review(life: Life) -> None:
    for task in (await life.at_supervision())["tasks"]:
        if task["kind"] == "review" and life.once(f"review {task['task_id']}"):
            await life.city.ask(
                "leader",
                "POST",
                f"/api/supervision/cases/{life.case_id}/review",
                {"approved": True, "note": "解释合理。"},
            )


async def _answer_questions(life: Life) -> None:
    """Settle the tasks that ask a person for a decision, as the shift lead or the leader, and keep the case closed."""
    for task in (await life.at_supervision())["tasks"]:
        if task["kind"] == "attention" and life.once(f"attention {task['task_id']}"):
            await life.city.ask(
                "shift_lead" if task["queue"] != "leader" else "leader",
                "POST",
                f"/api/supervision/tasks/{task['task_id']}/answer",
                {"passed": True, "note": "已电话说明，诉求人理解。"},
            )


async def _ask_reporter(life: Life) -> None:
    for report in (await life.at_supervision())["reports"]:
        if report["asked"] == "waiting" and life.once(f"feedback {report['report_id']} {life.view.get('rework', 0)}"):
            await life.city.ask(
                "hotline",
                "POST",
                f"/api/supervision/cases/{life.case_id}/feedback",
                {"report_id": report["report_id"], **life.feedback},
            )


_ORDINARY: dict[str, Act] = {
    "awaiting_filing": _file,
    "verifying": _verify,
    "settled": _settle,
    "awaiting_dispatch": _decide,
    "awaiting_signature": _work,
    "handling": _work,
    "rework": _work,
    "return_requested": _return,
    "awaiting_recheck": _recheck,
    "rechecking": _recheck,
    "awaiting_review": _review,
    "awaiting_feedback": _ask_reporter,
    "closed": _answer_questions,
}
