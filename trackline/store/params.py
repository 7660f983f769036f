"""A run's params: said once, never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trackline.db.transaction import Transaction
from trackline.domain.entities import Param
from trackline.domain.errors import InvalidParameter
from trackline.store.runs import LivingRun


def params_writer(tx: Transaction, run: LivingRun, params: list[Param], keys: Mapping[str, int]) -> Callable[[], None]:
    """Ask what is there (`tx.ask`); what is new is stored by calling what this returns. Saying the same again is fine;
    raises InvalidParameter where a value would change.

    `keys` has the numbers of their names.
    """
    query = f"SELECT key_id, value FROM params WHERE run_id = :run AND {tx.dialect.among('key_id', 'keys')}"
    given = {"run": run.id, "keys": [keys[param.key] for param in params]}
    known = tx.ask(query, given) if params else list
    return lambda: _write(tx, run, params, keys, dict(known()))


def _write(
    tx: Transaction, run: LivingRun, params: list[Param], keys: Mapping[str, int], known: Mapping[int, str]
) -> None:
    changed = [param for param in params if known.get(keys[param.key], param.value) != param.value]
    if changed:
        raise InvalidParameter(_refusal(run.uuid, changed, [known[keys[param.key]] for param in changed], len(params)))
    new = [param for param in params if keys[param.key] not in known]
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
