"""Curves as the pages ask for them: thinned without losing a peak, along steps, time or another metric."""

from __future__ import annotations

import itertools
import json
import struct
from typing import Any

import httpx
import pytest

from tests.server.ui_made import OURS, made_experiment, made_run, points
from trackline.wire.responses import number


def test_a_curve_keeps_its_spike_and_says_how_many_points_it_stands_for(http: httpx.Client) -> None:
    values: list[float | str] = [float(step % 10) for step in range(900)]
    values[555], values[600] = 99.0, "NaN"
    run = made_run(http, made_experiment(http, "tables/curves"), "run", metrics=points("m", *values))

    asked = {"run_id": [run], "key": ["m", "none"], "max_points": 100}
    (whole,) = http.post(f"{OURS}/curves", json=asked).json()["curves"]
    (part,) = http.post(f"{OURS}/curves", json={**asked, "first": 550, "last": 560}).json()["curves"]

    assert whole["total"] == 900 and len(whole["steps"]) <= 100
    assert 99.0 in whole["values"] and "NaN" in whole["values"]
    assert part["total"] == 11 and part["values"] == values[550:561]


def test_a_thinned_curve_has_the_mean_of_the_points_that_each_one_stands_for(http: httpx.Client) -> None:
    values: list[float | str] = [float(step % 10) for step in range(900)]
    run = made_run(http, made_experiment(http, "tables/means"), "run", metrics=points("m", *values))

    asked = {"run_id": [run], "key": ["m"]}
    (thinned,) = http.post(f"{OURS}/curves", json={**asked, "max_points": 50}).json()["curves"]
    (whole,) = http.post(f"{OURS}/curves", json=asked).json()["curves"]

    stands_for = [end - begin for begin, end in itertools.pairwise([*thinned["steps"], 900])]
    assert sum(mean * count for mean, count in zip(thinned["means"], stands_for, strict=True)) == pytest.approx(4050)
    assert whole["means"] == []


def test_a_curve_is_read_along_the_time_of_its_points_too(http: httpx.Client) -> None:
    later_first = [{"key": "m", "value": n, "timestamp": 5000 - 100 * n, "step": n} for n in range(10)]
    run = made_run(http, made_experiment(http, "tables/times"), "run", metrics=later_first)

    def values(**asked: Any) -> list[float]:
        body = {"run_id": [run], "key": ["m"], **asked}
        return list(http.post(f"{OURS}/curves", json=body).json()["curves"][0]["values"])

    assert values(x="step", first=8) == [8, 9]
    assert values(x="time", first=4800) == [2, 1, 0]
    assert values(x="relative", last=200) == [9, 8, 7]
    assert values(x="relative", first=-(2**63), last=2**63 - 1) == values(x="time")


def test_a_curve_is_read_along_another_metric_at_the_same_steps(http: httpx.Client) -> None:
    loss = [{"key": "loss", "value": 1 / (n + 1), "timestamp": n, "step": n} for n in range(6)]
    seen = [{"key": "seen", "value": 100.5 - 10 * n, "timestamp": n + 9, "step": n} for n in range(4)]
    noise = [  # an earlier point of the same step, and what has no place on an axis
        {"key": "seen", "value": 1e9, "timestamp": 0, "step": 0},
        {"key": "seen", "value": "NaN", "timestamp": 5, "step": 5},
    ]
    run = made_run(http, made_experiment(http, "tables/against"), "run", metrics=[*loss, *seen, *noise])

    def curve(**asked: Any) -> Any:
        body = {"run_id": [run], "key": ["loss"], "against": "seen", **asked}
        return http.post(f"{OURS}/curves", json=body).json()["curves"]

    assert curve()[0]["places"] == [70.5, 80.5, 90.5, 100.5]
    assert curve()[0]["steps"] == [3, 2, 1, 0]
    assert curve(first=75.5, last=95)[0]["values"] == [1 / 3, 1 / 2]
    assert curve(against="nothing") == []


def test_packed_curves_are_the_same_as_in_json(http: httpx.Client) -> None:
    values: list[float | str] = [float(step % 10) for step in range(400)]
    values[7], values[9] = "NaN", "-Infinity"
    experiment = made_experiment(http, "tables/packed")
    runs = [made_run(http, experiment, f"run {n}", metrics=points("m", *values[n:])) for n in range(2)]

    asked = {"run_id": runs, "key": ["m"], "max_points": 50}
    in_json = http.post(f"{OURS}/curves", json=asked).json()["curves"]
    packed = http.post(f"{OURS}/curves.bin", json=asked)

    assert packed.headers["content-type"] == "application/octet-stream"
    (size,) = struct.unpack_from("<I", packed.content)
    curves, place = json.loads(packed.content[4 : 4 + size])["curves"], 4 + size
    assert place % 8 == 0 and len(curves) == 2
    for curve, spelled in zip(curves, in_json, strict=True):
        for name in ("steps", "timestamps", "values", "means", "places"):
            column = struct.unpack_from(f"<{curve[name]}d", packed.content, place)
            place += 8 * len(column)
            curve[name] = [number(one) for one in column]
        assert curve == spelled
    assert place == len(packed.content)
