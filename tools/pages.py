"""The pages: npm packages and the build of bot/web, made again only when their sources changed."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from tools import stamps
from tools.environments import install_own
from tools.places import OWN_TOOLS, ROOT, STAMPS, WEB
from tools.processes import call, environment, heard
from tools.say import Trouble, tell

NODE_AT_LEAST = (20, 19)  # what Vite 7 asks for
_INSTALL = ("install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error")
BUILT = ("widget.js", "index.html", "console/index.html", "police/index.html")


def build(force: bool = False) -> None:
    """Install the npm packages and build the pages where they are stale. Raises Trouble."""
    install()
    if not force and built():
        return
    tell("Pages: building bot/web")
    if npm("run", "--silent", "build") != 0:
        raise Trouble(
            "The pages could not be built. What stands above names the file: correct it and run this again."
        )
    stamps.write(STAMPS / "pages", _sources())


def built() -> bool:
    """True when dist/ was built from the present sources."""
    return stamps.fits(STAMPS / "pages", _sources()) and all(
        (WEB / "dist" / name).is_file() for name in BUILT
    )


def install() -> None:
    """The npm packages of the lock file. Raises Trouble."""
    lock = stamps.digest([WEB / "package-lock.json"])
    stamp = WEB / "node_modules" / ".vigil-stamp"
    if stamps.fits(stamp, lock):
        return
    tell("Pages: installing the npm packages of bot/web/package-lock.json")
    # Not `npm ci`: it refuses a lock file without the binaries of every platform, and not every registry carries them all.
    # Versions and checksums of the lock file are kept either way.
    if npm(*_INSTALL) != 0 or (not _bundler_loads() and npm(*_INSTALL, "--no-package-lock") != 0):
        raise Trouble(
            "The npm packages could not be installed. What npm says above tells why: most often the network, or a lock "
            "file that does not fit package.json (`npm install` in bot/web mends that)."
        )
    stamps.write(stamp, lock)


def _bundler_loads() -> bool:
    """The bundler has a binary for this platform; the lock file knows only those of the platforms it was made for."""
    return (
        heard([node_folder() / "node", "-e", "import('rollup').catch(() => process.exit(1))"], folder=WEB)[0]
        == 0
    )


def _sources() -> str:
    left_out = {"node_modules", "dist", "dev"}
    return stamps.digest(path for path in WEB.iterdir() if path.name not in left_out)


def npm(*arguments: str) -> int:
    """Run npm in bot/web; returns its exit status."""
    folder = node_folder()
    path = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
    return call([folder / "npm", *arguments], folder=WEB, env=environment(PATH=path, NO_UPDATE_NOTIFIER="1"))


def node_folder() -> Path:
    """The folder that holds node and npm: the machine's if new enough, else one from Python's package index."""
    found = shutil.which("node")
    if (
        found
        and shutil.which("npm", path=str(Path(found).parent))
        and node_version(Path(found)) >= NODE_AT_LEAST
    ):
        return Path(found).parent
    own = OWN_TOOLS / "node" / "bin"
    if not (own / "npm").exists():
        tell(f"Node {'.'.join(map(str, NODE_AT_LEAST))} or later is not here: fetching it with pip")
        install_own("node", ROOT / "requirements" / "node.txt")
    return own


def node_version(node: Path) -> tuple[int, int]:
    """(major, minor), or (0, 0) when it does not run."""
    status, said = heard([node, "--version"])
    match = re.match(r"v(\d+)\.(\d+)", said.strip())
    return (int(match[1]), int(match[2])) if status == 0 and match else (0, 0)
