"""What stands in the way of a run is told in one clear sentence."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import keys, preflight, stamps
from tools.places import ports
from tools.run import derived
from tools.say import Trouble


class TestPorts:
    def test_a_port_in_use_is_named_with_the_setting_that_moves_it(self) -> None:
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            number = holder.getsockname()[1]
            wanted = ports({"VIGIL_PORT": str(number)})
            with pytest.raises(Trouble, match=rf"Port {number} \(desk\) is in use(?s:.*)VIGIL_PORT="):
                preflight.check_ports([wanted["VIGIL_PORT"]])

    def test_several_in_use_are_moved_by_one_line(self) -> None:
        with socket.socket() as one, socket.socket() as two:
            for holder in (one, two):
                holder.bind(("127.0.0.1", 0))
                holder.listen()
            numbers = [holder.getsockname()[1] for holder in (one, two)]
            wanted = ports({"VIGIL_PORT": str(numbers[0]), "VIGIL_RASA_PORT": str(numbers[1])})
            with pytest.raises(Trouble) as told:
                preflight.check_ports([wanted["VIGIL_PORT"], wanted["VIGIL_RASA_PORT"]])
        advice = f"VIGIL_PORT={numbers[0] + 100} VIGIL_RASA_PORT={numbers[1] + 100} make run"
        assert advice in str(told.value).splitlines()[-1]

    def test_a_free_port_passes(self, ports: Callable[[], int]) -> None:
        assert not preflight.in_use(ports())

    @pytest.mark.parametrize("given", ["", "8080"])
    def test_defaults(self, given: str) -> None:
        assert [port.number for port in ports({"VIGIL_PORT": given}).values()] == [
            8080,
            8081,
            5005,
            5055,
            8090,
        ]

    @pytest.mark.parametrize("given", ["http", "0", "70000", "-1"])
    def test_what_is_no_port(self, given: str) -> None:
        with pytest.raises(Trouble, match="VIGIL_PORT is"):
            ports({"VIGIL_PORT": given})

    def test_one_number_twice(self) -> None:
        with pytest.raises(Trouble, match="VIGIL_RASA_PORT and VIGIL_PORT are both 9000"):
            ports({"VIGIL_PORT": "9000", "VIGIL_RASA_PORT": "9000"})

    def test_a_platform_of_one_s_own_needs_no_sandbox(self) -> None:
        found = ports({"VIGIL_RIDE_PLATFORM_URL": "https://rides.example"})
        assert "VIGIL_SANDBOX_PORT" not in found
        settings = derived(found, {"VIGIL_RIDE_PLATFORM_URL": "https://rides.example"}, {})
        assert settings["VIGIL_SANDBOX"] == "false" and "VIGIL_RIDE_PLATFORM_URL" not in settings


def test_moved_ports_reach_every_program() -> None:
    settings = derived(
        ports({"VIGIL_PORT": "9001", "VIGIL_ACTIONS_PORT": "9002"}),
        {"VIGIL_RASA_TALK_URL": "http://a.example"},
        {},
    )
    assert settings["VIGIL_PUBLIC_URL"] == settings["VIGIL_SANDBOX_DESK_URL"] == "http://127.0.0.1:9001"
    assert settings["VIGIL_ACTIONS_URL"] == "http://127.0.0.1:9002"
    assert settings["VIGIL_RASA_TALK_URL"] == "http://a.example"
    assert settings["VIGIL_RASA_HEAR_URL"] == "http://127.0.0.1:5005"


def test_too_little_room_is_told_with_figures(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"0\.1 GB is free: make room"):
        preflight.check_disk(tmp_path, lambda folder: 0.1)
    preflight.check_disk(tmp_path, lambda folder: preflight.FIRST_TIME_GB)


def test_too_little_room_where_the_data_lies_is_told_too(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with pytest.raises(Trouble, match=rf"Databases and logs need .* on the disk of {data}"):
        preflight.check_disk(tmp_path, lambda folder: 0.1 if folder == data else 100.0, var=data)
    preflight.check_disk(tmp_path, lambda folder: 100.0, var=tmp_path / "not made yet" / "var")


class TestSecrets:
    def test_made_once_and_readable_by_the_owner_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "var" / "secrets.env"
        made = keys.settled(file, {})
        assert (
            set(made) == set(keys.NAMES)
            and len(set(made.values())) == 2
            and all(len(one) == 64 for one in made.values())
        )
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert keys.settled(file, {}) == made

    def test_the_environment_comes_first_and_is_not_written(self, tmp_path: Path) -> None:
        file = tmp_path / "secrets.env"
        assert keys.settled(file, {"VIGIL_SECRET": "mine"})["VIGIL_SECRET"] == "mine"
        assert "mine" not in file.read_text()

    def test_a_file_that_others_could_read_is_closed(self, tmp_path: Path) -> None:
        file = tmp_path / "secrets.env"
        file.write_text("VIGIL_SECRET=abc\n")
        file.chmod(0o644)
        assert keys.settled(file, {})["VIGIL_SECRET"] == "abc"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_a_file_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "plain").write_text("")
        with pytest.raises(Trouble, match="cannot be used"):
            keys.settled(tmp_path / "plain" / "secrets.env", {})


class TestStamps:
    def test_change_with_content_name_and_absence(self, tmp_path: Path) -> None:
        folder = tmp_path / "src"
        folder.mkdir()
        seen = {stamps.digest([folder])}
        for change in (
            lambda: (folder / "a").write_text("1"),
            lambda: (folder / "a").write_text("2"),
            lambda: (folder / "a").rename(folder / "b"),
            lambda: os.remove(folder / "b"),
        ):
            change()
            seen.add(stamps.digest([folder]))
        assert len(seen) == 4  # the last is the first again
        assert stamps.digest([folder], "3.10") not in seen

    def test_fit_only_what_they_were_written_for(self, tmp_path: Path) -> None:
        stamp = tmp_path / "deep" / "stamp"
        assert not stamps.fits(stamp, "abc")
        stamps.write(stamp, "abc")
        assert stamps.fits(stamp, "abc") and not stamps.fits(stamp, "abd")
