"""What `make run` shows while the training talks: a progress bar, the runs, the model's predictions."""

from __future__ import annotations

import json
import subprocess
from collections import deque
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

KEPT_LINES = 60
STARTING = "starting the MLflow client"


class TrainingFailed(Exception):
    """The training ended with an error; the message ends with what it said last."""


class Screen:
    def __init__(self, url: str, data: Path) -> None:
        self.url = url
        self._data = data
        self._console = Console(highlight=False)
        self._runs: list[dict[str, str]] = []
        self._model: dict[str, Any] = {}

    def follow(self, training: subprocess.Popen[str]) -> None:
        """Draw what tools/demo/training.py tells; keep what its libraries print in case it fails."""
        others: deque[str] = deque(maxlen=KEPT_LINES)
        with self._progress() as progress:
            bar = progress.add_task(STARTING, total=None)
            step = STARTING
            for line in training.stdout or ():
                match as_json(line):
                    case {"doing": str(doing), "done": done, "units": units}:
                        if doing != step:
                            self._console.print(f"[green]✓[/] {step}")
                        step = doing
                        progress.update(bar, description=step, completed=done, total=units)
                    case {"runs": runs}:
                        self._runs = runs
                    case {"model": model}:
                        self._model = model
                    case _:
                        others.append(line)
        if training.wait() != 0:
            raise TrainingFailed(f"The training failed (exit code {training.returncode}):\n\n{''.join(others)}")
        self._show_results()

    def farewell(self) -> None:
        self._console.print(f"\nTrackline is up: [bold]{self.url}[/]")
        self._console.print(f"Ctrl-C ends it; the data stays in {self._data}.")

    def _progress(self) -> Progress:
        return Progress(
            SpinnerColumn(),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            transient=True,
        )

    def _show_results(self) -> None:
        table = Table(title="The runs, as mlflow.search_runs reads them", title_justify="left", box=SIMPLE_HEAD)
        for name in self._runs[0]:
            table.add_column(name, justify="left" if name in {"run", "status"} else "right")
        for run in self._runs:
            table.add_row(*run.values())
        self._console.print()
        self._console.print(table)
        patients = zip(self._model["predicted"], self._model["measured"], strict=True)
        seen = ", ".join(f"{predicted} (measured: {measured})" for predicted, measured in patients)
        self._console.print(f"The logged model, loaded back, predicts {seen}.")


def as_json(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
