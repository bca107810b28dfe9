"""Chromium for the browser tests: the system's, installed with apt-get where we may."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tools.processes import call, environment, heard
from tools.say import Trouble, tell

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find() -> Path | None:
    """Chromium's path (VIGIL_CHROMIUM first), or None."""
    given = os.environ.get("VIGIL_CHROMIUM")
    for name in [given] if given else NAMES:
        path = shutil.which(name)
        if path and heard([path, "--version"])[0] == 0:
            return Path(path)
    return None


def provide() -> Path:
    """Chromium's path, installed if need be. Raises Trouble when it cannot be had."""
    found = find()
    if found is None and install_packages("chromium", "fonts-noto-cjk"):
        found = find()
    if found is None:
        raise Trouble(
            "The browser tests need Chromium. Install it from your system's packages (Debian, Ubuntu: `sudo apt-get install "
            "chromium`), or name it with VIGIL_CHROMIUM=/path/to/chromium, and run this again."
        )
    return found


def install_packages(*names: str) -> bool:
    """Install system packages where apt-get is and we are root. True when that worked."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    tell(f"Installing from the system's packages: {', '.join(names)}")
    quiet = environment(DEBIAN_FRONTEND="noninteractive")
    if call(["apt-get", "update", "-qq"], env=quiet) != 0:
        return False
    return call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names], env=quiet) == 0
