"""The data files of the product, read one way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# libyaml reads ten times faster than Python does, and a desk that starts again after a kill waits for these files. A PyYAML
# without it reads the same, more slowly.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """What the YAML file at `path` holds, None for an empty one. Raises OSError, UnicodeDecodeError or yaml.YAMLError."""
    return yaml.load(path.read_text("utf-8"), Loader=_LOADER)
