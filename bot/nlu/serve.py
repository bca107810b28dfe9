"""Serves a trained model: `python -m bot.nlu.serve --model models --port 5005`. Loopback only, without TensorFlow unless
the model computes with it. Ends with a clear sentence when there is no model, or it is damaged."""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import logging
import os
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bot.nlu import lean

if TYPE_CHECKING:
    from rasa.core.utils import AvailableEndpoints
    from sanic import Sanic

logger = logging.getLogger("bot.nlu.serve")
_M_ARENA_MAX = -8  # of glibc's mallopt
# Rasa imports them and serving calls none: it draws nothing, tests nothing, asks nobody at a terminal, and keeps neither models
# nor trackers in others' stores. 15, 40 and 15 MB.
_NOT_SERVED = (
    "matplotlib", "scipy.stats",
    "boto3", "botocore", "s3transfer", "h5py", "pymongo", "bson", "dns", "questionary", "prompt_toolkit",
)  # fmt: skip
# What Rasa's own channels speak with, 11 MB: left out while credentials.yml names none of them.
_CHANNELS = (
    "aiogram",
    "webexteamssdk",
    "slack_sdk",
    "twilio",
    "fbmessenger",
    "mattermostwrapper",
    "rocketchat_API",
)


class CannotServe(Exception):
    """There is nothing fit to serve; the message says what to do."""


WARM_UP = ("我的手机落在车上了", "where is my driver", "司機不讓我下車 plz help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status when the server ends."""
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.serve", description=__doc__)
    parser.add_argument(
        "--model", type=Path, default=Path("models"), help="a model, or a folder: its newest is served"
    )
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument("--endpoints", default="endpoints.yml")
    parser.add_argument("--credentials", default="credentials.yml")
    parser.add_argument("--with-tensorflow", action="store_true", help="for models that compute with it")
    options = parser.parse_args(arguments)
    _prepare_environment()
    if not options.with_tensorflow:
        lean.install(also=(*_NOT_SERVED, *(_CHANNELS if _own_doors_only(options.credentials) else ())))
    try:
        model = newest_model(options.model)
        if not options.with_tensorflow and (needing := lean.needs_tensorflow(_components(model))):
            print(f"This model computes with TensorFlow ({', '.join(needing)}): serving with it.", flush=True)
            given = list(sys.argv[1:] if arguments is None else arguments)
            os.execv(sys.executable, [sys.executable, "-m", "bot.nlu.serve", "--with-tensorflow", *given])
        serve(model, options.port, options.endpoints, options.credentials)
    except CannotServe as error:
        print(f"Not serving: {error}", file=sys.stderr)
        return 1
    return 0


def _own_doors_only(credentials: str) -> bool:
    """Whether credentials.yml names channels of ours alone: those are named by their class, Rasa's by a bare word."""
    try:
        named = yaml.safe_load(Path(credentials).read_text(encoding="utf-8")) or {}
    except (OSError, ValueError, yaml.YAMLError):
        return False  # Rasa says what is wrong with it
    return isinstance(named, dict) and all("." in str(name) for name in named)


def _prepare_environment() -> None:
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    # One message is too small to share between threads, and a second thread would take the neighbours' core.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    with contextlib.suppress(OSError, AttributeError):
        # Threads of the database would each get an arena of their own, which glibc never gives back.
        ctypes.CDLL("libc.so.6").mallopt(_M_ARENA_MAX, 2)
    lean.hush()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("apscheduler", "rasa", "sanic", "asyncio", "matplotlib"):
        logging.getLogger(name).setLevel(logging.WARNING)


def newest_model(place: Path) -> Path:
    """The model itself, or the newest of a folder; raises CannotServe when there is none."""
    if place.is_file():
        return place
    found = sorted(place.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise CannotServe(f"there is no model in {place}: train one with `python -m bot.nlu.train`.")
    return found[-1]


def _components(model: Path) -> list[str]:
    try:
        return lean.component_classes(model)
    except (OSError, tarfile.TarError, KeyError, ValueError, EOFError) as error:
        raise CannotServe(
            f"{model} is damaged ({error}): train again with `python -m bot.nlu.train --force`."
        ) from error


def endpoints_from(path: str) -> AvailableEndpoints:
    """endpoints.yml with what the environment overrides."""
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.endpoints import EndpointConfig

    endpoints = AvailableEndpoints.read_endpoints(path)
    if actions := os.environ.get("VIGIL_ACTIONS_URL"):
        endpoints.action = EndpointConfig(actions)
    if redis := os.environ.get("REDIS_URL"):
        endpoints.lock_store = EndpointConfig(redis, type="bot.nlu.locks.RedisUrlLockStore")
    return endpoints


def serve(model: Path, port: int, endpoints_path: str, credentials_path: str) -> None:
    """Runs the server until it is told to end; raises CannotServe when the model cannot be loaded."""
    import rasa.core.run
    from rasa.core.utils import number_of_sanic_workers
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    failures: list[str] = []
    endpoints = endpoints_from(endpoints_path)
    channels = rasa.core.run.create_http_input_channels(None, credentials_path)
    app = rasa.core.run.configure_app(
        channels, enable_api=False, port=port, endpoints=endpoints, use_uvloop=True
    )
    app.ctx.agent = None
    app.config.ACCESS_LOG = False

    async def load(app: Sanic, loop: Any) -> None:
        from rasa.core.agent import load_agent

        agent = await load_agent(model_path=str(model), endpoints=endpoints, loop=loop)
        if agent.processor is None:
            failures.append(
                f"{model} cannot be loaded; its log tells why. Train again with `python -m bot.nlu.train`."
            )
            app.stop()  # type: ignore[no-untyped-call, unused-ignore]
            return
        # The first message would pay for dictionaries and caches that load on use: these pay instead.
        for text in WARM_UP:
            await agent.parse_message(text)
        app.ctx.agent = agent
        gc.collect()
        gc.freeze()  # what is loaded stays: later collections need not look at it
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)
        logger.info("Serving %s on 127.0.0.1:%d.", model, port)

    app.register_listener(load, "before_server_start")
    app.register_listener(rasa.core.run.close_resources, "after_server_stop")
    workers = number_of_sanic_workers(endpoints.lock_store)
    app.run(host="127.0.0.1", port=port, workers=workers, access_log=False, motd=False)
    if failures:
        raise CannotServe(failures[0])


if __name__ == "__main__":
    sys.exit(main())
