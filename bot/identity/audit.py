"""The one way to write the audit."""

from __future__ import annotations

from typing import Any

from bot.identity.models import AuditEntry
from bot.identity.schemas import Member, Subject
from bot.kit.database import UnitOfWork
from bot.kit.ids import new_id
from bot.kit.now import now

# Who works at the command line has the machine itself; the audit names the command, not a person.
OPERATOR = "software:command-line"


def named(by: Member | None) -> str:
    """How the audit names who acts; None is the command line."""
    return by.who if by else OPERATOR


async def record(
    uow: UnitOfWork, act: str, *, who: str, subject: Subject, purpose: str = "", **details: Any
) -> AuditEntry:
    """Write that `who` did `act` to `subject`, in the caller's transaction.

    details: ids and settings, no personal data.
    """
    entry = AuditEntry(
        id=new_id(),
        at=now(),
        who=who,
        act=act,
        subject_kind=subject.kind,
        subject_id=subject.id,
        purpose=purpose,
        details=details,
    )
    uow.session.add(entry)
    await uow.session.flush()
    return entry
