"""Plain text instead of a filter: each word stands somewhere in a run."""

from __future__ import annotations

from collections.abc import Sequence

from trackline.db.dialect import Dialect
from trackline.store.search.pages import Parameters


def all_stand_in_run(words: Sequence[str], dialect: Dialect, parameters: Parameters) -> str:
    """A condition on the run `r`. In a word, % stands for any text and _ for any character, as in LIKE."""
    if not words:
        return "TRUE"
    return f"({' AND '.join(_stands_in_run(word, dialect, parameters) for word in words)})"


def _stands_in_run(word: str, dialect: Dialect, parameters: Parameters) -> str:
    within, begins = parameters.name(f"%{word}%"), parameters.name(f"{word}%")
    places = [
        *(dialect.like(f"r.{column}", within, fold_case=True) for column in ("name", "user_id", "status")),
        dialect.like("r.uuid", begins, fold_case=True),
        *(
            f"EXISTS (SELECT 1 FROM {table} w WHERE w.run_id = r.id "
            f"AND {dialect.like('w.value', within, fold_case=True)})"
            for table in ("params", "tags")
        ),
    ]
    return f"({' OR '.join(places)})"
