"""A server on the scale set: a stage on which all is there already."""

from __future__ import annotations

from functools import cached_property
from random import Random

from bench import payloads
from bench.peers import Peer
from bench.processes import Server
from bench.scale import Scale
from bench.scale_set import EXPERIMENT, SetSize, run_id
from bench.stage import Stage

PAGE = 20
READ_RUNS = 1_000


class GrowthStage(Stage):
    def __init__(self, server: Server, scale: Scale, size: SetSize) -> None:
        super().__init__(server, scale)
        self._size = size
        self.made = {
            "set_runs": [run_id("set", number) for number in self._some_runs()],
            "experiments": size.experiments,
            "history_run": run_id("history", 0),
            "long_run": run_id("long", 0),
            "curve_runs": [run_id("curve", number) for number in range(size.curves)],
        }

    @property
    def set_size(self) -> int:
        return self._size.runs

    @property
    def page_size(self) -> int:
        return PAGE

    @cached_property
    def set_experiment(self) -> str:
        found = self.ask(payloads.get("experiments/get-by-name", experiment_name=EXPERIMENT))["experiment"]
        return str(found["experiment_id"])

    def _some_runs(self) -> list[int]:
        return Random(0).sample(range(self._size.runs), min(READ_RUNS, self._size.runs))


class GrowthLab:
    def __init__(self, server: Server, scale: Scale, size: SetSize) -> None:
        self.scale = scale
        self.size = size
        self._stage = GrowthStage(server, scale, size)

    def stage(self, _peer: Peer) -> GrowthStage:
        return self._stage

    def facts(self) -> dict[str, str]:
        size = self.size
        return {
            "set": f"runs x 20 params x 10 metrics x {size.steps} points; beside them {size.experiments:,} "
            f"experiments, a run with {size.keys:,} metrics, a series of {size.long_points:,} points, {size.curves} of "
            f"{size.curve_points:,}",
            "points": f"{size.points / 1e6:.1f} million",
        }
