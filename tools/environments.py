"""The two Python environments, built with uv from hash-pinned requirements. uv itself is fetched with pip where missing."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tools import stamps
from tools.places import ENVIRONMENTS, OWN_TOOLS, ROOT, Environment
from tools.processes import Word, call, heard
from tools.say import Trouble, tell


def build(force: bool = False) -> None:
    """Bring both environments up to their requirements. Raises Trouble when Python or a package cannot be had."""
    for one in ENVIRONMENTS:
        if force or not fits(one):
            _build(one)


def fits(one: Environment) -> bool:
    """True when the environment was built from the present requirements, here, and its Python still runs."""
    return stamps.fits(_stamp(one), _sources(one)) and one.python.exists()


def _stamp(one: Environment) -> Path:
    return one.folder / "vigil-stamp"


def _sources(one: Environment) -> str:
    return stamps.digest([one.requirements], one.version, str(one.folder))


def _build(one: Environment) -> None:
    tell(f"Environment {one.name}: Python {one.version}, {one.requirements.relative_to(ROOT)}")
    uv = find_uv()
    if not _usable(one):
        _run(
            f"{one.folder} could not be made",
            uv,
            "venv",
            "--clear",
            "--python",
            python(uv, one.version),
            one.folder,
        )
    # Compiled once here: where Python may not write (PYTHONDONTWRITEBYTECODE, a read-only folder), every process would do it
    # again, which makes a start of the desk two seconds longer and one of Rasa four.
    _run(
        f"The packages of {one.requirements.relative_to(ROOT)} could not be installed",
        uv, "pip", "sync", "--require-hashes", "--compile-bytecode", "--python", one.python, one.requirements,
    )  # fmt: skip
    stamps.write(_stamp(one), _sources(one))


def _usable(one: Environment) -> bool:
    """True when the folder holds an environment of the right version that runs."""
    if not one.python.exists():
        return False
    status, said = heard([one.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
    return status == 0 and said.strip() == one.version


def _run(what_failed: str, *command: Word) -> None:
    if call(command) != 0:
        raise Trouble(
            f"{what_failed}. What uv says above tells why: most often the network, a full disk or a package index out of "
            "reach. Mend that and run the same command again; what is done stays done."
        )


def find_uv() -> Path:
    """uv from the path, else one of our own made with pip. Raises Trouble when neither can be had."""
    own = OWN_TOOLS / "uv" / "bin" / "uv"
    found = shutil.which("uv") or (str(own) if own.exists() else None)
    if found:
        return Path(found)
    tell("uv is not here: fetching it with pip")
    install_own("uv", ROOT / "requirements" / "uv.txt")
    return own


def install_own(name: str, requirements: Path) -> None:
    """A small environment under var/tools, made with the Python that runs this. Raises Trouble."""
    folder = OWN_TOOLS / name
    made = call([sys.executable, "-m", "venv", "--clear", folder]) == 0
    pip: list[Word] = [
        folder / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "-r",
        requirements,
    ]
    if not made or call(pip) != 0:
        raise Trouble(
            f"{name} could not be installed with pip. Install it yourself (`pip install {name}`) so that it is on the "
            "PATH, and run this again. On Debian and Ubuntu pip needs the packages python3-venv and python3-pip."
        )


def python(uv: Path, version: str) -> Path:
    """A Python of that version: what uv or pyenv has, else what uv can fetch. Raises Trouble when there is none."""
    found = present_python(uv, version)
    if found:
        return found
    tell(f"Python {version} is not here: asking uv to fetch it")
    if call([uv, "python", "install", version]) == 0:
        found = present_python(uv, version)
    if found:
        return found
    raise Trouble(
        f"There is no Python {version} here and uv could not fetch one. Install it (`pyenv install {version}`, or your "
        f"system's package python{version} with python{version}-venv) and run this again."
    )


def present_python(uv: Path | None, version: str) -> Path | None:
    """The path of a Python of that version on this machine, or None. Nothing is fetched."""
    candidates = [shutil.which(f"python{version}")]
    if uv:
        status, said = heard([uv, "python", "find", "--no-python-downloads", "--no-project", version])
        candidates.insert(0, said.strip().splitlines()[-1] if status == 0 and said.strip() else None)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates += [
        str(path) for path in sorted(pyenv.glob(f"versions/{version}*/bin/python{version}"), reverse=True)
    ]
    for path in candidates:
        if path and heard([path, "-c", "import venv, ensurepip"])[0] == 0:
            return Path(path)
    return None
