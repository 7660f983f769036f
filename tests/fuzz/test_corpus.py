"""What fuzzing found worth keeping is tried with every test run, without a fuzzer."""

from __future__ import annotations

import pytest

from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_kept_does_no_harm(name: str) -> None:
    with TARGETS[name]() as target:
        for given in seeds(name):
            target(given)
