"""What is checked when the desk starts, the rota as a file, and the demonstration's rota."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bot.errors import Unprocessable
from bot.identity import service as identity
from bot.kit.database import Database
from bot.kit.locale import has_text
from bot.kit.now import MovableClock, now
from bot.paging import delivery, files, service
from bot.settings import ROOT, Settings
from tests.paging.conftest import House

WHOLE = """
zone: Asia/Shanghai
shifts:
  - {team: safety, person: ann@vigil.example, start: "08:00", end: "20:00"}
  - {team: safety, person: bob@vigil.example, start: "20:00", end: "08:00"}
  - {team: liaison, role: police_liaison}
  - {team: supervisor, role: supervisor}
"""


def chosen(**more: object) -> Settings:
    return Settings(**more)  # type: ignore[arg-type]


def written(folder: Path, text: str) -> Path:
    file = folder / "rota.yml"
    file.write_text(text, "utf-8")
    return file


class TestSettings:
    def test_the_defaults_are_in_order(self) -> None:
        assert service.check_settings(chosen()) == []

    @pytest.mark.parametrize(
        ("first", "second", "words"),
        [
            ("call me", "", "VIGIL_PAGER, address 1: it is no Apprise address"),
            (
                "json://h/1",
                "feishuu://s3cret",
                "VIGIL_SECOND_PAGER, address 1: Apprise cannot read this feishuu://",
            ),
            ("json://h/1,xx://2", "", "VIGIL_PAGER, address 2"),
            ("json://h/1", "json://h/1", "repeats an address"),
        ],
    )
    def test_an_address_that_cannot_be_used_is_named(self, first: str, second: str, words: str) -> None:
        (said,) = service.check_settings(chosen(pager=first, second_pager=second))
        assert words in said and "s3cret" not in said

    async def test_the_desk_does_not_start_on_it(self, database: Database) -> None:
        with pytest.raises(ValueError, match="VIGIL_PAGER, address 1"):
            delivery.register(database, chosen(pager="call me"))

    def test_a_wrong_rota_file_is_found_at_start(self, tmp_path: Path) -> None:
        written(tmp_path, WHOLE.replace('end: "08:00"', 'end: "07:00"'))
        (said,) = service.check_settings(chosen(data=tmp_path))
        assert "team safety has nobody" in said


class TestFile:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("zone: [", "no YAML"),
            ("", "the file"),
            ("zone: Mars\nshifts: []", "no time zone"),
            ("zone: UTC\nshifts: []", "has nobody"),
            (WHOLE.replace("liaison,", "cooks,"), "no team 'cooks'"),
            (WHOLE.replace("role: supervisor", "role: chief"), "no role 'chief'"),
            (WHOLE.replace("role: supervisor", "role: supervisor, person: a@b"), "one of the two"),
            (WHOLE.replace("20:00", "20.00"), "shifts.0.end"),
            (WHOLE.replace("role: supervisor", "role: supervisor, days: [mon, tue]"), "must never be empty"),
            (WHOLE.replace("role: supervisor", "role: supervisor, days: [monday]"), "days"),
        ],
    )
    def test_what_is_wrong_is_said_in_words(self, tmp_path: Path, text: str, words: str) -> None:
        with pytest.raises(ValueError) as problem:
            files.read(written(tmp_path, text))
        assert words in str(problem.value) and "rota.yml" in str(problem.value)

    async def test_a_whole_file_becomes_the_rota(
        self, house: House, clock: MovableClock, tmp_path: Path
    ) -> None:
        clock.at = clock.at.replace(hour=1, minute=0)  # 09:00 in Shanghai
        async with house.database.unit_of_work() as uow:
            assert await files.load(uow, written(tmp_path, WHOLE), "software:test") == 4
        async with house.database.reading() as session:
            assert [one.staff_id for one in await service.on_call(session, "safety", now())] == ["ann"]
            assert await files.check_rota(session) == []

    @pytest.mark.parametrize(("who", "code"), [("ghost", "rota_unknown_person"), ("out", "rota_not_of_team")])
    async def test_a_wrong_person_is_refused_and_the_rota_stays(
        self, house: House, clock: MovableClock, tmp_path: Path, who: str, code: str
    ) -> None:
        with pytest.raises(Unprocessable) as problem:
            async with house.database.unit_of_work() as uow:
                await files.load(uow, written(tmp_path, WHOLE.replace("bob@", f"{who}@")), "software:test")
        assert problem.value.code == code
        async with house.database.reading() as session:
            assert len(await service.on_call(session, "safety", now())) == 2

    async def test_a_role_that_nobody_has_leaves_a_gap_and_is_refused(
        self, house: House, clock: MovableClock, tmp_path: Path
    ) -> None:
        with pytest.raises(Unprocessable) as problem:
            async with house.database.unit_of_work() as uow:
                wrong = WHOLE.replace("role: police_liaison", "role: trainer")
                await files.load(uow, written(tmp_path, wrong), "software:test")
        assert problem.value.code == "rota_gap"


class TestDemo:
    async def test_the_demo_staff_cover_every_team(self, database: Database) -> None:
        async with database.unit_of_work() as uow:
            await identity.ensure_demo_staff(uow)
            await service.ensure_demo_rota(uow, await identity.enabled_members(uow.session))
        async with database.reading() as session:
            serving = {one.team: one.name for one in await service.everyone_on_call(session, now())}
            assert not await service.rota_is_empty_now(session)
            assert await service.gaps(session, now(), 24 * 7) == []
        assert {"safety", "support", "senior", "supervisor", "liaison"} == set(serving)
        assert "Chen Jing" in serving["senior"] and "Wu Lei" in serving["liaison"]

    async def test_a_rota_that_is_there_stays(self, house: House, clock: MovableClock) -> None:
        async with house.database.reading() as session:
            before = await service.everyone_on_call(session, now())
        async with house.database.unit_of_work() as uow:
            await service.ensure_demo_rota(uow)
        async with house.database.reading() as session:
            assert await service.everyone_on_call(session, now()) == before

    async def test_an_empty_house_is_an_empty_rota(self, database: Database) -> None:
        async with database.unit_of_work() as uow:
            await service.ensure_demo_rota(uow)
        async with database.reading() as session:
            assert await service.rota_is_empty_now(session)
            assert len(await files.check_rota(session)) == 3


class TestWords:
    def test_every_error_and_text_of_paging_is_there(self) -> None:
        keys = set()
        for file in (ROOT / "bot" / "paging").glob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        if node.func.id in ("Unprocessable", "Conflict", "Missing", "NotAllowed"):
                            keys.add(f"error.{first.value}")
                        elif node.func.id == "say":
                            keys.add(first.value)
        assert len(keys) > 15
        assert [key for key in keys if not has_text(key)] == []

    def test_paging_imports_only_what_lies_below(self) -> None:
        for file in (ROOT / "bot" / "paging").glob("*.py"):
            for feature in re.findall(r"from bot\.(\w+)", file.read_text("utf-8")):
                assert feature in ("errors", "identity", "kit", "paging", "policy", "settings"), file.name
