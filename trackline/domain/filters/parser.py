"""Reads a filter into a tree.

    alternative = conjunction { OR conjunction }
    conjunction = negation { AND negation }
    negation    = NOT negation | "(" alternative ")" | comparison
    comparison  = field operator value | field [ NOT ] IN "(" string { "," string } ")" | field IS [ NOT ] NULL

This is MLflow's language and, beyond it, OR, NOT and parentheses.
"""

from __future__ import annotations

import re

from trackline.domain.filters.cursor import Cursor
from trackline.domain.filters.fields import LIST, NULL, Vocabulary
from trackline.domain.filters.tokens import Token, cut
from trackline.domain.filters.tree import MEASURED, And, Comparison, Field, Not, Operator, Or, Tree, Value

MAX_COMPARISONS = 200
MAX_DEPTH = 30  # of parentheses and NOTs; SQLite reads about 60 parentheses within each other
MAX_LISTED = 10_000  # values in one list
MAX_PATTERN = 4000  # characters; SQLite gives up on LIKE patterns of 50,000 bytes

_WHOLE = re.compile("[+-]?[0-9]{1,19}")


def parse_filter(text: str, vocabulary: Vocabulary) -> Tree | None:
    """The tree of `text`, None if it is empty. Raises InvalidParameter, which says where the text is wrong."""
    if not text:
        return None
    cursor = Cursor(text)
    tree = _Parser(cursor, vocabulary).alternative()
    if cursor.next is not None:
        raise cursor.missing("AND or OR")
    return tree


class _Parser:
    def __init__(self, cursor: Cursor, vocabulary: Vocabulary) -> None:
        self._cursor = cursor
        self._vocabulary = vocabulary
        self._depth = 0
        self._comparisons = 0

    def alternative(self) -> Tree:
        parts = [self._conjunction()]
        while self._cursor.takes_word("OR"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _conjunction(self) -> Tree:
        parts = [self._negation()]
        while self._cursor.takes_word("AND"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _negation(self) -> Tree:
        token = self._cursor.next
        if token is None or token.is_word("AND", "OR") or token.text == ")":
            raise self._cursor.missing("a comparison")
        if not token.is_word("NOT") and token.text != "(":
            return self._comparison()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            sentence = f"Invalid filter string: it is nested more than {MAX_DEPTH} levels deep"
            raise self._cursor.refused(token, sentence)
        if self._cursor.takes_sign("("):
            tree = self.alternative()
            self._cursor.take_sign(")")
        else:
            self._cursor.take_word("NOT")
            tree = Not(self._negation())
        self._depth -= 1
        return tree

    def _comparison(self) -> Comparison:
        token = self._cursor.take("a comparison")
        self._comparisons += 1
        if self._comparisons > MAX_COMPARISONS:
            sentence = f"Invalid filter string: it makes more than {MAX_COMPARISONS} comparisons"
            raise self._cursor.refused(token, sentence)
        field = self._vocabulary.field(token, self._cursor.text)
        operator = self._operator(field)
        return Comparison(field, operator, self._value(field, operator))

    def _operator(self, field: Field) -> Operator:
        token = self._cursor.take("a comparison operator")
        words = token.text
        if token.is_word("NOT"):
            words = f"NOT {self._cursor.take_word('IN', 'LIKE', 'ILIKE')}"
        elif token.is_word("IS"):
            words = "IS NOT" if self._cursor.takes_word("NOT") else "IS"
            words = f"{words} {self._cursor.take_word('NULL')}"
        for operator in self._vocabulary.operators(field):
            if operator == words.upper():
                return operator
        raise self._cursor.refused(token, self._vocabulary.refusal(field, words))

    def _value(self, field: Field, operator: Operator) -> Value:
        if operator in NULL:
            return None
        if operator in LIST:
            return self._list()
        token = self._cursor.take("a value")
        return self._number(token, field) if self._vocabulary.is_number(field) else self._string(token, field, operator)

    def _number(self, token: Token, field: Field) -> float | int:
        of = field.kind if field.kind in MEASURED else f"numeric attribute: {field.key}"
        text = token.text
        if token.kind == "string" and self._vocabulary.quoted_numbers and _WHOLE.fullmatch(token.value):
            text = token.value
        elif token.kind != "number":
            raise self._cursor.refused(token, f"Expected numeric value type for {of}. Found {cut(text)}")
        value = float(text)
        if field.kind in MEASURED:
            return value
        if _WHOLE.fullmatch(text) and -(2**63) <= int(text) < 2**63:
            return int(text)
        if self._vocabulary.whole_numbers:
            raise self._cursor.refused(token, f"Invalid value for numeric attribute '{field.key}': {cut(text)}")
        return value

    def _string(self, token: Token, field: Field, operator: Operator) -> str:
        bare = self._vocabulary.bare_values and token.kind in {"number", "word", "name"}
        if token.kind != "string" and not bare:
            raise self._cursor.refused(token, _not_quoted(token, field))
        value = token.text if bare else token.value
        if operator in {"LIKE", "ILIKE"} and len(value) > MAX_PATTERN:
            sentence = f"Invalid pattern: it has {len(value)} characters, at most {MAX_PATTERN} are allowed"
            raise self._cursor.refused(token, sentence)
        return value

    def _list(self) -> tuple[str, ...]:
        self._cursor.take_sign("(")
        values: list[str] = []
        while self._cursor.next is not None and self._cursor.next.kind == "string":
            values.append(self._cursor.take("a quoted string").value)
            if len(values) > MAX_LISTED:
                raise self._cursor.missing(f"at most {MAX_LISTED} values in a list")
            if not self._cursor.takes_sign(","):
                break
        if not values:
            raise self._cursor.missing("a non-empty list of quoted string values")
        self._cursor.take_sign(")")
        return tuple(values)


def _not_quoted(token: Token, field: Field) -> str:
    if token.kind != "number":
        return (
            "Parameter value is either not quoted or unidentified quote types used for string value "
            f"{cut(token.text)}. Use either single or double quotes"
        )
    named = {"attribute": "attributes", "dataset": "dataset attributes"}
    what = named.get(field.kind, f"{field.kind} (e.g. 'my-value')")
    return f"Expected a quoted string value for {what}. Got value {cut(token.text)}"
