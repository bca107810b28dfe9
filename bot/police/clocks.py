"""The ten-minute clock of a request: when liaison and supervisors are warned, when it is broken. Scheduling is here, what
happens when it fires is in tasks.py. The rows hang on the case, so that every screen of it shows them."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.kit.database import UnitOfWork
from bot.kit.due import cancel, open_row, schedule
from bot.kit.now import now
from bot.paging import service as paging
from bot.police import store
from bot.police.models import PoliceRequest
from bot.policy import policy

WARN, ANSWER, AGAIN = "police.warn", "police.answer", "police.again"


def answer_due(filed_at: datetime) -> datetime:
    """When the answer to a request filed at this time is owed (policy: clocks.police_answer_s)."""
    return filed_at + timedelta(seconds=policy().clocks.police_answer_s)


def before_breach() -> timedelta:
    """How long before the breach management is warned, and how often it is paged after it."""
    clocks = policy().clocks
    return timedelta(seconds=clocks.police_answer_s - clocks.police_warn_management_s)


def warn_due(request: PoliceRequest) -> datetime:
    """When management is warned that the answer is still owed."""
    return request.due_at - before_breach()


async def run(uow: UnitOfWork, case_id: str) -> None:
    """Set the case's clocks by what is still owed: for the earliest unanswered request; none left, none runs, and the pages
    about it stop. Called after every change."""
    owed = await store.unanswered(uow.session, case_id)
    if not owed:
        await cancel(uow, case_id, WARN, ANSWER, AGAIN)
        for subject in (warned_subject(case_id), breached_subject(case_id)):
            await paging.stop(uow, subject)
        return
    for kind, times in (
        (WARN, [warn_due(one) for one in owed if one.warned_at is None]),
        (ANSWER, [one.due_at for one in owed if one.breached_at is None]),
    ):
        if times:
            await schedule(uow, kind, case_id, min(times))
        else:
            await cancel(uow, case_id, kind)
    if any(one.breached_at is not None for one in owed) and await open_row(uow, AGAIN, case_id) is None:
        # A request that came from another case brings its breach along.
        await page_again(uow, case_id, 1)


async def page_again(uow: UnitOfWork, case_id: str, step: int) -> None:
    """After the breach management is paged at the warning's distance until there is an answer."""
    await schedule(uow, AGAIN, case_id, now() + before_breach(), step=step)


def warned_subject(case_id: str) -> str:
    """What the pages before the breach are about."""
    return f"police_warning:{case_id}"


def breached_subject(case_id: str) -> str:
    """What the pages after the breach are about."""
    return f"police_breach:{case_id}"


def safety_subject(case_id: str) -> str:
    """What the safety team is paged about beside the liaison, when somebody is in danger."""
    return f"police_danger:{case_id}"


def refusal_subject(request_id: str) -> str:
    """What a supervisor is paged about when somebody thinks that a request must be refused."""
    return f"police_refusal:{request_id}"
