"""What a case has been, from its timeline."""

from __future__ import annotations

from typing import cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.incidents.models import Case, TimelineEntry
from bot.kit.vault import unseal_many
from bot.policy import GRADES, Grade, worse

# Entries that name grades, and where in their details.
_GRADES_OF = {"opened": ("grade",), "raised": ("before", "after"), "lowered": ("before", "after")}


async def worst_grade(session: AsyncSession, case: Case) -> Grade:
    """The gravest grade that the case, or one that was joined into it, has ever had. What was erased tells nothing: then it is
    the grade of today."""
    joined = select(Case.id).where(Case.joined_into == case.id)
    query = select(TimelineEntry).where(
        (TimelineEntry.case_id == case.id) | TimelineEntry.case_id.in_(joined),
        TimelineEntry.act.in_(_GRADES_OF),
    )
    rows = list((await session.execute(query)).scalars())
    opened = await unseal_many(session, [(row.subject, row.sealed) for row in rows])
    worst = cast(Grade, case.grade)
    for row, details in zip(rows, opened, strict=True):
        for name in _GRADES_OF[row.act]:
            if (grade := details.get(name)) in GRADES:
                worst = worse(worst, cast(Grade, grade))
    return worst
