"""The macros' page: every macro with its history, and the seniors' changes."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from bot.console import claims, wording
from bot.console.screen import Db, Staff
from bot.errors import Missing, Unprocessable
from bot.identity.endpoints import csrf_guard
from bot.identity.schemas import Member
from bot.kit.locale import has_text, say
from bot.kit.now import iso
from bot.macros import service as macros
from bot.macros import store
from bot.policy import GRADES, Grade, policy

router = APIRouter(prefix="/api/console/macros", tags=["macros"], dependencies=[Depends(csrf_guard)])


class _Both(BaseModel):
    model_config = ConfigDict(extra="ignore")

    zh: str = Field("", max_length=20_000)
    en: str = Field("", max_length=20_000)


class Written(BaseModel):
    """A macro as the page has it. version: the one that the page showed; why: kept in the history."""

    model_config = ConfigDict(extra="ignore")

    name: _Both
    text: _Both
    topic: str = Field("talk", max_length=60)
    grades: list[Grade] = Field(min_length=1)
    act: str | None = Field(None, max_length=60)
    promise_minutes: int | None = Field(None, ge=1, le=10_080)
    version: int = Field(0, ge=0)
    state: Literal["active", "retired"] = "active"
    why: str = Field("", max_length=500)


def _content(body: Written, staff: Member) -> macros.MacroContent:
    """Checked as it will be said. Raises Unprocessable whose words say what to change."""
    if body.topic != "talk" and body.topic not in policy().intents:
        raise Unprocessable("macro_topic", topic=body.topic)
    content = macros.MacroContent(
        name=macros.Both(**body.name.model_dump()), text=macros.Both(**body.text.model_dump()), topic=body.topic,
        grades=sorted(set(body.grades)), act=body.act or None, promise_minutes=body.promise_minutes,
    )  # fmt: skip
    macros.check(content, staff.locale)
    wording.check_macro(content, staff.locale)
    return content


def _wire(one: macros.Macro) -> dict[str, Any]:
    return {
        "id": one.id, "version": one.version, "state": one.state, **one.content.model_dump(mode="json"),
        "changed_by": one.changed_name, "changed_at": iso(one.changed_at),
    }  # fmt: skip


def _topic(name: str, locale: str) -> dict[str, str]:
    key = "macro.topic.talk" if name == "talk" else f"intent.{name}"
    return {"value": name, "label": say(key, locale) if has_text(key) else name}


@router.get("")
async def read_macros(db: Db, staff: Staff) -> dict[str, Any]:
    """Every macro, and what one may be made of: variables, acts, topics, grades."""
    async with db.reading() as session:
        found = await store.all_macros(session)
    acts = dict.fromkeys(
        act for claim in claims.rules().claims for act in claim.acts if act != "promise_made"
    )
    return {
        "macros": [_wire(one) for one in found], "may_edit": staff.may("edit_macros"),
        "variables": [
            {"name": name, "label": say(f"macro.variable.{name}", staff.locale), "by_hand": name in macros.BLANKS}
            for name in (*macros.FILLED, *macros.BLANKS)
        ],
        "acts": [{"value": act, "label": wording.act_label(act, staff.locale)} for act in acts],
        "topics": [_topic(name, staff.locale) for name in ("talk", *policy().intents)], "grades": list(GRADES),
    }  # fmt: skip


@router.post("", status_code=201)
async def make(body: Written, db: Db, staff: Staff) -> dict[str, Any]:
    """A new macro."""
    staff.must("edit_macros")
    content = _content(body, staff)
    async with db.unit_of_work() as uow:
        return _wire(await macros.save(uow, staff, content, why=body.why))


@router.put("/{macro_id}")
async def change(macro_id: str, body: Written, db: Db, staff: Staff) -> dict[str, Any]:
    """Change a macro, retire it or bring it back. 409 `macro_changed` when a colleague was faster."""
    staff.must("edit_macros")
    content = _content(body, staff)
    async with db.unit_of_work() as uow:
        saved = await macros.save(
            uow, staff, content, macro_id=macro_id, version=body.version, state=body.state, why=body.why
        )
    return _wire(saved)


@router.get("/{macro_id}/versions")
async def history(macro_id: str, db: Db, staff: Staff) -> dict[str, Any]:
    """Who changed it when, newest first; the first is the one that ships with the product."""
    async with db.reading() as session:
        if await store.macro(session, macro_id) is None:
            raise Missing("no_macro")
        rows = await store.versions(session, macro_id)
    shipped = store.shipped().get(macro_id)
    found = [
        {
            "version": row.version,
            "state": row.state,
            "by": row.name,
            "at": iso(row.at),
            "why": row.why,
            **row.content,
        }
        for row in rows
    ]
    if shipped is not None:
        first = {"version": 0, "state": "active", "by": None, "at": None, "why": ""}
        found.append({**first, **shipped.model_dump(mode="json")})
    return {"versions": found}


@router.post("/preview")
async def preview(body: Written, staff: Staff) -> dict[str, str]:
    """How it would read in both languages, with made-up facts. Raises what saving would."""
    content = _content(body, staff)
    return {
        locale: macros.render(content, locale, macros.Facts({**_EXAMPLE[locale], "agent": staff.name})).text
        for locale in ("zh", "en")
    }


_EXAMPLE = {
    "zh": {"reporter": "李女士", "reference": "VG-7KD-M42", "plate": "浙A·12345", "driver": "王师傅", "vehicle": "白色轿车",
           "order": "HZ-1024", "pickup": "东站", "destination": "西湖", "emergency": "110"},
    "en": {"reporter": "Ada", "reference": "VG-7KD-M42", "plate": "AB12 CDE", "driver": "Sam", "vehicle": "white saloon",
           "order": "LD-1024", "pickup": "King's Cross", "destination": "Victoria", "emergency": "999"},
}  # fmt: skip
