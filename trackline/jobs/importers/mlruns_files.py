"""The files of an `mlruns` folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import yaml

from trackline.domain.points import Series
from trackline.jobs.importers.source import UnusableSource

Meta: TypeAlias = dict[str, Any]


def read_meta(folder: Path) -> Meta | None:
    """What `meta.yaml` in the folder says; None where there is none. Raises UnusableSource for one that is broken."""
    file = folder / "meta.yaml"
    try:
        meta = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UnusableSource(f"{file} cannot be read: {error}.", "Mend it, or move its folder away.") from error
    return meta if isinstance(meta, dict) else None


def folders_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def files_below(folder: Path) -> dict[str, Path]:
    """By their paths from there, which are the keys."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            found[path.relative_to(folder).as_posix()] = path
    return dict(sorted(found.items()))


def values_below(folder: Path) -> dict[str, str]:
    """A value each, by key."""
    return {key: path.read_bytes().decode() for key, path in files_below(folder).items()}


def line_count(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for line in lines if line.strip())


def read_series(file: Path) -> Series:
    """The points, a line each: time, value, step, and perhaps more. Raises UnusableSource for a broken line."""
    timestamps, values, steps = [], [], []
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if words := line.split():
                try:
                    timestamps.append(int(words[0]))
                    values.append(float(words[1]))
                    steps.append(int(words[2]) if len(words) > 2 else 0)
                except (IndexError, ValueError) as error:
                    message = f"{file} has a line that is no point: {line.strip()[:80]}."
                    raise UnusableSource(message, "Mend it, or move the file away.") from error
    return Series(np.array(steps, np.int64), np.array(timestamps, np.int64), np.array(values, np.float64) + 0.0)
