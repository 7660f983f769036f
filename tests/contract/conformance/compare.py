"""What is different between two transcripts of one case, as text; empty when nothing is."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import zip_longest

from tests.contract.conformance.differences import DIFFERENCES
from tests.contract.conformance.talk import ANY, Exchange

Same = Callable[[Exchange, Exchange], bool]
MISSING: Exchange = {"stopped": "(no exchange)"}


def differences(expected: list[Exchange], answered: list[Exchange]) -> str:
    """`answered` against what MLflow gave; an exchange with `differs` must be as DIFFERENCES says."""
    return _each(expected, answered, _as_agreed)


def changes(recorded: list[Exchange], answered: list[Exchange]) -> str:
    """Two transcripts of MLflow itself, where nothing may be different."""
    return _each(recorded, answered, lambda one, other: _text(one) == _text(other))


def _each(expected: list[Exchange], answered: list[Exchange], same: Same) -> str:
    lines = []
    for one, other in zip_longest(expected, answered, fillvalue=MISSING):
        if not same(one, other):
            lines.append(_report(one, other))
    return "\n\n".join(lines)


def _as_agreed(expected: Exchange, answered: Exchange) -> bool:
    if expected.get("send") == answered.get("send") and "differs" in expected:
        return DIFFERENCES[expected["differs"]].accepts(expected, answered)
    return _text(expected) == _text(_with_any_message(expected, answered))


def _with_any_message(expected: Exchange, answered: Exchange) -> Exchange:
    """`answered`, its error message hidden when MLflow's is not compared."""
    one, other = expected.get("body"), answered.get("body")
    if not isinstance(one, dict) or one.get("message") != ANY or not isinstance(other, dict):
        return answered
    return answered | {"body": other | {"message": ANY}} if "message" in other else answered


def _text(exchange: Exchange) -> str:
    # Text, not equality: 1 and 1.0 and True are different JSON.
    return json.dumps({key: value for key, value in exchange.items() if key != "differs"}, sort_keys=True)


def _report(expected: Exchange, answered: Exchange) -> str:
    lines = [str(expected.get("send", answered.get("send", "")))]
    for title, exchange in (("expected", expected), ("answered", answered)):
        rest = {key: value for key, value in exchange.items() if key != "send"}
        lines.append(f"  {title}: {json.dumps(rest, sort_keys=True)}")
    if expected.get("send") != answered.get("send"):
        lines.append(f"  the conversations part: {answered.get('send')}")
    return "\n".join(lines)
