"""What an experiment keeps of its runs by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from trackline.domain.errors import InvalidParameter

KeepBest = Annotated[int, Meta(ge=1, le=1_000_000)]
Goal = Literal["min", "max"]


class Retention(Struct, frozen=True):
    """`keep_best` runs by the last value of `metric` stay, the others go to the trash; None: all stay."""

    keep_best: KeepBest | None = None
    metric: str | None = None
    goal: Goal | None = None


def check_retention(rules: Retention) -> None:
    """Raises InvalidParameter."""
    if not (rules.keep_best and rules.metric and rules.goal):
        raise InvalidParameter(
            'How many runs stay, and by what: send "keep_best", "metric" and "goal" ("min" or "max") together. '
            "DELETE removes the rules."
        )
