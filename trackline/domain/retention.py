"""What an experiment keeps of its runs by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from trackline.domain.errors import InvalidParameter

KeepBest = Annotated[int, Meta(ge=1, le=1_000_000)]
Goal = Literal["min", "max"]


ThinAfter = Annotated[int, Meta(ge=1, le=36_500)]
ThinTo = Annotated[int, Meta(ge=100, le=1_000_000)]


class Retention(Struct, frozen=True):
    """`keep_best` runs by the last value of `metric` stay, the others go to the trash; None: all stay.

    `thin_after_days` after the end of a run its series are thinned to `thin_to` points each; None: they never are.
    """

    keep_best: KeepBest | None = None
    metric: str | None = None
    goal: Goal | None = None
    thin_after_days: ThinAfter | None = None
    thin_to: ThinTo | None = None


def check_retention(rules: Retention) -> None:
    """Raises InvalidParameter."""
    best, thin = (rules.keep_best, rules.metric, rules.goal), (rules.thin_after_days, rules.thin_to)
    if any(best) and not all(best):
        raise InvalidParameter(
            'How many runs stay, and by what: send "keep_best", "metric" and "goal" ("min" or "max") together.'
        )
    if any(thin) and not all(thin):
        raise InvalidParameter(
            'When points are thinned, and to how many: send "thin_after_days" and "thin_to" together.'
        )
    if not any(best + thin):
        raise InvalidParameter(
            'There is no rule. Send "keep_best", "metric" and "goal", or "thin_after_days" and "thin_to", or both; '
            "DELETE removes the rules."
        )
