"""`make run`: from a fresh clone to a green /readyz, and `python tools/run.py --check`: is anything in the way?"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

if __package__ in (None, ""):  # started as a file: the project's root is not on the path yet
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from tools import environments, keys, model, pages, preflight
from tools.places import DESK, LOGS, ROOT, VAR, Port, ports
from tools.processes import call, environment, stoppable
from tools.readiness import waiting_for
from tools.say import Stopped, Trouble, ending_well, tell, timed
from tools.supervisor import REFUSES, State, Supervisor
from tools.watch import Tail, Watch, last_words, why

READY_S = 180.0
LOOK_EVERY_S = 0.5
START_AGAIN_AFTER_S = (
    30.0  # a program given up by supervisord is tried again: safety must not wait for a person
)
_LOCK = VAR / "run.lock"
_SETTINGS = VAR / "run.json"  # while it runs, for `python -m bot` from a bare shell (bot/__main__.py)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tools/run.py", description=__doc__)
    parser.add_argument("--check", action="store_true", help="look at what a run needs, change nothing")
    parser.add_argument("--stop", action="store_true", help="end the run that was started from this folder")
    options = parser.parse_args()
    if options.check:
        return preflight.doctor()
    if options.stop:
        return stop()
    with stoppable(), alone():
        return run()


def run() -> int:
    """Prepare what is stale, start everything, watch until stopped. Returns the exit status."""
    begun, seconds = time.monotonic(), dict[str, float]()
    listening = ports(os.environ)
    with timed("look", seconds):
        preflight.check_ports(listening.values())
        preflight.check_disk()
    settings = derived(listening, os.environ, keys.settled(VAR / "secrets.env", os.environ))
    with timed("environments", seconds):
        environments.build()
    with timed("migrate", seconds):  # before what takes long: it finds what is wrong with the settings
        migrate(settings)
        if os.environ.get("VIGIL_ENV") == "production":
            would_start(settings)
    untrained = prepare(seconds)
    with timed("start", seconds), kept(settings), started(settings) as supervisor:
        ready = wait_until_ready(
            supervisor, settings["VIGIL_PUBLIC_URL_LOCAL"], float(os.environ.get("VIGIL_READY_S", READY_S))
        )
        seconds["start"] = time.monotonic() - begun - sum(seconds.values())
        tell(", ".join(f"{name} {took:.1f} s" for name, took in seconds.items()))
        if ready:
            tell(f"Ready after {time.monotonic() - begun:.1f} s.")
        welcome(settings)
        if untrained:
            tell(untrained)
        with contextlib.suppress(Stopped):  # from here on, being stopped is the ordinary end
            watch(supervisor)
    return 0


def prepare(seconds: dict[str, float]) -> str:
    """Pages and model, each only where stale. Returns what is wrong with the training, "" when nothing is: a slip in one
    example must not keep the desk down, to which people in danger write."""
    with timed("pages", seconds):
        pages.build()
    with timed("model", seconds):
        try:
            model.train()
        except Trouble as trouble:
            tell(f"! {trouble}")
            return (
                f"! The assistant runs without your change, and not at all if it never was trained: {trouble}"
            )
    return ""


def migrate(settings: Mapping[str, str]) -> None:
    """Bring the database up to date. Raises Trouble."""
    status = call([DESK.python, "-m", "bot", "migrate"], env=environment(**settings))
    if status == REFUSES:
        raise Trouble("Mend what stands above; then run this again.")
    if status != 0:
        raise Trouble(
            "The database could not be brought up to date. The line above says what to mend; then run this again."
        )


def would_start(settings: Mapping[str, str]) -> None:
    """Ask the desk whether it will start. Raises Trouble; the desk has said why."""
    if call([DESK.python, "-m", "bot", "serve", "--check"], env=environment(**settings)) != 0:
        raise Trouble("The desk will not start. Mend what stands above; then run this again.")


@contextmanager
def kept(settings: Mapping[str, str]) -> Iterator[None]:
    """Keep the run's settings, readable by the owner alone, for as long as the block runs."""
    given = {name: value for name, value in os.environ.items() if name.startswith("VIGIL_")}
    given |= {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ}
    _SETTINGS.unlink(missing_ok=True)
    with open(os.open(_SETTINGS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump({**given, **settings, "VIGIL_VAR": str(VAR)}, out)
    try:
        yield
    finally:
        _SETTINGS.unlink(missing_ok=True)


def derived(
    listening: Mapping[str, Port], given: Mapping[str, str], secrets: Mapping[str, str]
) -> dict[str, str]:
    """The settings of all programs: who finds whom where. What the environment sets is kept."""
    at = {setting: f"http://127.0.0.1:{port.number}" for setting, port in listening.items()}
    sandbox = "VIGIL_SANDBOX_PORT" in at
    found = {
        "VIGIL_PUBLIC_URL": at["VIGIL_PORT"],
        "VIGIL_INTERNAL_URL": at["VIGIL_INTERNAL_PORT"],
        "VIGIL_RASA_HEAR_URL": at["VIGIL_RASA_PORT"],
        "VIGIL_RASA_TALK_URL": at["VIGIL_RASA_PORT"],
        "VIGIL_ACTIONS_URL": at["VIGIL_ACTIONS_PORT"],
        "VIGIL_SANDBOX_DESK_URL": at["VIGIL_PORT"],
        "RASA_DATABASE_URL": f"sqlite:///{VAR / 'rasa.db'}",
        **({"VIGIL_RIDE_PLATFORM_URL": at["VIGIL_SANDBOX_PORT"]} if sandbox else {}),
    }
    kept = {name: given.get(name) or value for name, value in found.items()}
    numbers = {setting: str(port.number) for setting, port in listening.items()}
    fixed = {"VIGIL_SANDBOX": "true" if sandbox else "false", "VIGIL_PUBLIC_URL_LOCAL": at["VIGIL_PORT"]}
    return {**kept, **numbers, **fixed, **secrets}


@contextmanager
def started(settings: Mapping[str, str]) -> Iterator[Supervisor]:
    """All programs, for as long as the block runs; nothing is left behind."""
    supervisor = Supervisor(
        DESK.python, ROOT / "supervisord.conf", VAR, {k: v for k, v in settings.items() if k != "VIGIL_VAR"}
    )
    try:
        yield supervisor
    finally:
        tell("\nStopping.")
        late = supervisor.stop()
        tell(
            "All stopped."
            if not late
            else f"All stopped; {len(late)} did not end by themselves and were killed."
        )


def wait_until_ready(supervisor: Supervisor, url: str, within_s: float) -> bool:
    """Wait for a green /readyz, telling what is waited for. False when something but the desk is late: the desk works
    without. Raises Trouble when a program keeps dying, or the desk does not start or does not answer in time."""
    until, told, missing, seen = time.monotonic() + within_s, "", ["desk"], Watch()
    while time.monotonic() < until:
        states, now = look(supervisor), time.monotonic()
        seen.look(states, now)
        # a desk lives longer than startsecs before it finds its port or its database closed
        hopeless = [
            one for one in states if one.given_up or (one.name == "desk" and seen.keeps_dying("desk", now))
        ]
        if hopeless:
            raise Trouble("\n".join(why(one) for one in hopeless))
        missing = waiting_for(url)
        if not missing:
            return True
        names = ", ".join(sorted(part.partition(" ")[0] for part in missing))
        if names != told:
            tell(f"  waiting for {names}")
            told = names
        time.sleep(LOOK_EVERY_S)
    if missing[0].startswith("desk"):
        raise Trouble(f"The desk did not answer within {within_s:.0f} s. {last_words(LOGS / 'desk.log')}")
    tell(f"Not ready after {within_s:.0f} s: {'; '.join(missing)}.")
    tell("The desk is up and danger reaches people; the rest is tried on. The logs are in " + str(LOGS))
    return False


def look(supervisor: Supervisor) -> list[State]:
    """The programs' states. Raises Trouble when supervisord itself has ended."""
    said = supervisor.ended()
    if said is not None:
        raise Trouble(f"The supervisor ended: {said}")
    return supervisor.states() or []


def welcome(settings: Mapping[str, str]) -> None:
    """Addresses and demo sign-ins."""
    url = settings["VIGIL_PUBLIC_URL_LOCAL"]
    tell(f"\n  Passengers      {url}/\n  Agents' desk    {url}/console\n  Police          {url}/police")
    if settings["VIGIL_SANDBOX"] == "true":
        tell(f"  Driver's side   {settings['VIGIL_RIDE_PLATFORM_URL']}/demo/driver")
    demo = VAR / "demo-sign-ins.txt"
    if demo.exists() and os.environ.get("VIGIL_ENV") != "production":
        tell(f"\n  Demo sign-ins ({demo}):")
        for line in demo.read_text("utf-8").splitlines():
            tell("    " + "   ".join(line.split("\t")))
    tell(f"\n  Logs {LOGS}   Ctrl-C stops everything.\n")


def watch(supervisor: Supervisor) -> None:
    """Tell what programs write and when one dies, until stopped. Raises Trouble when supervisord itself ends."""
    seen, tail = (
        Watch(),
        Tail(sorted(LOGS / f"{name}.log" for name in ("desk", "rasa", "actions", "sandbox"))),
    )
    given_up_since: dict[str, float] = {}
    again_after_s = float(os.environ.get("VIGIL_START_AGAIN_S", START_AGAIN_AFTER_S))
    while True:
        states, now = look(supervisor), time.monotonic()
        for program, line in tail.lines():
            tell(f"{program:8}| {line}")
        for sentence in seen.look(states, now):
            tell(f"! {sentence}")
        for one in states:
            if not one.given_up:
                given_up_since.pop(one.name, None)
            elif now - given_up_since.setdefault(one.name, now) > again_after_s:
                supervisor.start_again(one.name)
        time.sleep(LOOK_EVERY_S)


@contextmanager
def alone() -> Iterator[None]:
    """One run a folder. Raises Trouble when another one holds it, or the folder is closed to us."""
    preflight.check_writable()
    VAR.mkdir(parents=True, exist_ok=True)
    with _LOCK.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(
                f"Vigil already runs from this folder ({_holder()}): use it, or end it with `make stop`."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _holder() -> str:
    number = _LOCK.read_text().strip()
    return f"process {number}" if number.isdigit() else "another process"


def stop() -> int:
    """End the run that holds this folder and wait until it has. Returns 0 also when there was none. Raises Trouble when the
    folder is closed to us."""
    preflight.check_writable()
    VAR.mkdir(parents=True, exist_ok=True)
    with _LOCK.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            tell("Nothing runs from this folder.")
        except BlockingIOError:
            number = _LOCK.read_text().strip()
            if not number.isdigit():
                raise Trouble(
                    "Another process holds this folder; it is just starting. Try again in a moment."
                ) from None
            os.kill(int(number), signal.SIGTERM)
            fcntl.flock(lock, fcntl.LOCK_EX)
            tell("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(ending_well(main))
