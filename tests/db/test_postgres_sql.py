from __future__ import annotations

import pytest

from trackline.db.postgres.sql import translate


@pytest.mark.parametrize(
    ("sql", "text", "names"),
    [
        ("SELECT 1", "SELECT 1", ()),
        ("a = :a AND b = :b", "a = $1 AND b = $2", ("a", "b")),
        (":a, :b, :a", "$1, $2, $1", ("a", "b")),
        ("unnest(:names::text[])", "unnest($1::text[])", ("names",)),
        ("'12:30' || :a || 'it''s :b'", "'12:30' || $1 || 'it''s :b'", ("a",)),
        ('"odd:name" = :p0', '"odd:name" = $1', ("p0",)),
        ("value LIKE :a OR value LIKE '50% :x'", "value LIKE $1 OR value LIKE '50% :x'", ("a",)),
        ("a -- not :this\n= :a", "a -- not :this\n= $1", ("a",)),
        ("(:a)", "($1)", ("a",)),
    ],
)
def test_parameters_are_numbered_and_nothing_else_is_touched(sql: str, text: str, names: tuple[str, ...]) -> None:
    assert translate(sql) == (text, names)
