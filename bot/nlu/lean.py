"""Serving and training without TensorFlow: stand-ins for its modules, so that Rasa's imports succeed and cost nothing.

Rasa 3.6 imports TensorFlow whatever the pipeline holds. Only components that really compute with it need it; for all
others a module that answers any name with an empty class is enough. `needs_tensorflow` tells the two apart.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
import tarfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGES = ("tensorflow", "tensorflow_hub", "tensorflow_text", "tensorflow_addons", "keras")


class NeedsTensorFlow(RuntimeError):
    """Something tried to compute with TensorFlow in a process that runs without it."""


class _Anything(type):
    """Metaclass of the stand-ins: any attribute is another stand-in; fit as base class, decorator or annotation."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(name)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if not cls.__dict__.get("_stand_in", False):
            raise NeedsTensorFlow(
                f"{cls.__name__} computes with TensorFlow, which this process runs without."
            )
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]
        return cls

    def __getitem__(cls, item: Any) -> Any:
        return cls


def _stand_in(name: str) -> _Anything:
    return _Anything(name, (), {"_stand_in": True})


class _StandInModule(ModuleType):
    """A module in which every public name exists."""

    vigil_stand_in = True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _stand_in(name)
        setattr(self, name, value)
        return value


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = frozenset(packages)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        parents = fullname.split(".")
        if not any(".".join(parents[:depth]) in self._packages for depth in range(1, len(parents) + 1)):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__version__"] = "0.0.0"


def installed() -> bool:
    """True when this process has the stand-ins in place."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def tensorflow_loaded() -> bool:
    """True when the real TensorFlow is imported in this process."""
    module = sys.modules.get("tensorflow")
    return module is not None and not getattr(module, "vigil_stand_in", False)


def install(also: Sequence[str] = ()) -> bool:
    """Puts the stand-ins in place; call it before anything of Rasa is imported. `also`: further packages, or parts of
    packages, to stand in for.

    Returns False, changing nothing, when the real TensorFlow is already loaded.
    """
    if tensorflow_loaded():
        return False
    if installed():
        return True
    # spaCy's backend asks for TensorFlow too, and would believe in a stand-in: it is told that there is none.
    for name in ("tensorflow", "torch", "mxnet"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    try:
        importlib.import_module("thinc.api")
    finally:
        for name in ("tensorflow", "torch", "mxnet"):
            if sys.modules.get(name, 0) is None:
                del sys.modules[name]
    sys.meta_path.insert(0, _Finder((*PACKAGES, *also)))
    return True


def hush() -> None:
    """Silences deprecation warnings of Rasa's pinned libraries, some of which reset the filters on import."""
    warnings.simplefilter("ignore")
    warnings.showwarning = lambda *args, **kwargs: None


def component_classes(model: Path) -> list[str]:
    """The dotted names of all components that a stored model runs when it predicts.

    Raises OSError, tarfile.TarError, KeyError or ValueError when the file is not a whole Rasa model.
    """
    with tarfile.open(model, "r:gz") as archive:
        member = archive.extractfile("metadata.json")
        if member is None:
            raise KeyError("metadata.json")
        metadata = json.load(member)
    return [node["uses"] for node in metadata["predict_schema"]["nodes"].values()]


def needs_tensorflow(classes: Sequence[str]) -> list[str]:
    """Those of the named classes whose module uses TensorFlow; to be asked where the stand-ins are installed."""
    needing = []
    for dotted in classes:
        module = importlib.import_module(dotted.rpartition(".")[0])
        values = vars(module).values()
        if any(isinstance(value, _Anything) or getattr(value, "vigil_stand_in", False) for value in values):
            needing.append(dotted)
    return needing
