"""A run's params: said once, never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trackline.db.transaction import Transaction
from trackline.domain.entities import Param
from trackline.domain.errors import InvalidParameter
from trackline.store.keys import OF_RUN
from trackline.store.runs import LivingRun

_KNOWN = f"""
SELECT k.name, p.value FROM keys k JOIN params p ON p.run_id = {OF_RUN} AND p.key_id = k.id WHERE {{names}}
"""


def params_writer(tx: Transaction, uuid: str, params: list[Param]) -> Callable[[LivingRun, Mapping[str, int]], None]:
    """Ask what the run has of these (`tx.ask`); what is new is stored by calling what this returns, with the run and
    the numbers of the names. Saying the same again is fine; raises InvalidParameter where a value would change.
    """
    query = _KNOWN.format(names=tx.dialect.among("k.name", "names"))
    known = tx.ask(query, {"uuid": uuid, "names": [param.key for param in params]})
    return lambda run, keys: _write(tx, run, params, keys, dict(known()))


def _write(
    tx: Transaction, run: LivingRun, params: list[Param], keys: Mapping[str, int], known: Mapping[str, str]
) -> None:
    changed = [param for param in params if known.get(param.key, param.value) != param.value]
    if changed:
        raise InvalidParameter(_refusal(run.uuid, changed, [known[param.key] for param in changed], len(params)))
    new = [param for param in params if param.key not in known]
    if new:
        tx.insert(
            "INSERT INTO params (run_id, key_id, value) VALUES (:run, :key, :value)",
            [{"run": run.id, "key": keys[param.key], "value": param.value} for param in new],
        )


def _refusal(uuid: str, changed: list[Param], old: list[str], given: int) -> str:
    if given == 1:
        return (
            f"Changing param values is not allowed. Param with key='{changed[0].key}' was already logged with "
            f"value='{old[0]}' for run ID='{uuid}'. Attempted logging new value '{changed[0].value}'."
        )
    pairs = [
        {"key": param.key, "old_value": before, "new_value": param.value}
        for param, before in zip(changed, old, strict=True)
    ]
    return f"Changing param values is not allowed. Params were already logged='{pairs}' for run ID='{uuid}'."
