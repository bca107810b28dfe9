"""What a model is made of: the files it is trained from and one fingerprint over them."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import rasa

HERE = Path(__file__).parent
TRAINED_ON = ("nlu", "rules", "stories", "responses")  # folders of data/ that Rasa reads
READ_BY_PARTS = ("policy.yml", "entities")  # what components read by themselves
DEVELOPMENT = "development"  # labelled messages that settle the thresholds and are never trained on


@dataclass(frozen=True)
class Project:
    """Where the assistant's sources and models lie. `data` holds the folders named above."""

    config: Path = Path("config.yml")
    domain: Path = Path("domain.yml")
    data: Path = Path("data")
    models: Path = Path("models")

    def training_paths(self) -> list[Path]:
        """The folders that Rasa is given as training data, those that exist."""
        return [path for name in TRAINED_ON if (path := self.data / name).is_dir()]

    def domain_paths(self) -> list[Path]:
        """The domain file, and the responses kept beside it by topic."""
        responses = self.data / "responses"
        return [self.domain, *([responses] if responses.is_dir() else [])]

    def files(self) -> list[Path]:
        """Every file whose content changes the model; custom actions are none of them."""
        roots = [
            self.config,
            self.domain,
            *self.training_paths(),
            *(self.data / name for name in READ_BY_PARTS),
        ]
        found = (path for root in roots for path in ([root] if root.is_file() else _read_in(root)))
        return [*(path for path in found if path.is_file()), *self.development()]

    def development(self) -> list[Path]:
        """The files of development messages, if there are any."""
        return sorted((self.data / DEVELOPMENT).glob("*.jsonl"))

    def digests(self) -> dict[str, str]:
        """Path to content digest, of all sources, of this package's code and of Rasa's version."""
        listed = {
            path.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in self.files()
        }
        return {**listed, "bot/nlu": code_digest(), "rasa": rasa.__version__}


def _read_in(folder: Path) -> list[Path]:
    """What Rasa would read in a folder: also what the product does not, so that it is found and refused (`check_sources`)."""
    return sorted(path for path in folder.rglob("*") if path.suffix in (".yml", ".yaml", ".json"))


@functools.lru_cache(maxsize=1)
def code_digest() -> str:
    """One digest over the code that shapes a model: the components and what they import."""
    digest = hashlib.sha256()
    modules = (
        "convolutions", "decision", "grading", "graphs", "kernel", "languages", "layers", "passages", "pieces", "solving",
        "subwords", "text", "thresholds", "universal",
    )  # fmt: skip
    for path in [*sorted(HERE.glob("components/*.py")), *(HERE / f"{name}.py" for name in modules)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def files_digest(*roots: str | Path) -> str:
    """One digest over files, or over the YAML files of folders; what is missing counts as empty."""
    digest = hashlib.sha256()
    for root in (Path(root) for root in roots if str(root)):
        for path in [root] if root.is_file() else sorted(root.rglob("*.yml")):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def fingerprint(digests: dict[str, str]) -> str:
    """Twelve characters that change with any source."""
    return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()[:12]
