"""Reads a filter into a tree.

    filter      = [ alternative ]
    alternative = conjunction { OR conjunction }
    conjunction = negation { [ AND ] negation }
    negation    = NOT negation | "(" alternative ")" | comparison
    comparison  = field operator value | field [ NOT ] IN "(" string { "," string } ")" | field IS [ NOT ] NULL

This is MLflow's language and, beyond it, OR, NOT and parentheses. To MLflow, AND is mere punctuation: one that is
doubled, leads, trails or is missing changes nothing there, so it changes nothing here.
"""

from __future__ import annotations

from trackline.domain.filters.cursor import Cursor
from trackline.domain.filters.fields import LIST, NULL, Vocabulary
from trackline.domain.filters.tokens import Token, shown
from trackline.domain.filters.tree import And, Comparison, Field, Not, Operator, Or, Tree, Value

MAX_COMPARISONS = 200
MAX_DEPTH = 50  # of parentheses and NOTs
MAX_PATTERN = 4000  # characters; SQLite gives up on LIKE patterns of 50,000 bytes


def parse_filter(text: str, vocabulary: Vocabulary) -> Tree | None:
    """The tree of `text`, None if it asks for nothing. Raises InvalidParameter, which says where it is wrong."""
    cursor = Cursor(text)
    tree = _Parser(cursor, vocabulary).alternative()
    if cursor.next is not None:
        raise cursor.missing("a comparison, AND or OR")
    return tree


class _Parser:
    def __init__(self, cursor: Cursor, vocabulary: Vocabulary) -> None:
        self._cursor = cursor
        self._vocabulary = vocabulary
        self._depth = 0
        self._comparisons = 0

    def alternative(self) -> Tree | None:
        parts = [self._conjunction()]
        while self._cursor.takes_word("OR"):
            parts.append(self._conjunction())
        if len(parts) == 1:
            return parts[0]
        given = tuple(part for part in parts if part is not None)
        if len(given) < len(parts):
            raise self._cursor.missing("a comparison on both sides of OR")
        return Or(given)

    def _conjunction(self) -> Tree | None:
        parts: list[Tree] = []
        while (token := self._cursor.next) is not None and token.text != ")" and not token.is_word("OR"):
            if not self._cursor.takes_word("AND"):
                parts.append(self._negation())
        if len(parts) < 2:
            return parts[0] if parts else None
        return And(tuple(parts))

    def _negation(self) -> Tree:
        token = self._cursor.take("a comparison")
        if not token.is_word("NOT") and token.text != "(":
            return self._comparison(token)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            sentence = f"Invalid filter string: it is nested more than {MAX_DEPTH} levels deep"
            raise self._cursor.refused(token, sentence)
        tree = Not(self._negation()) if token.is_word("NOT") else self._parenthesis()
        self._depth -= 1
        return tree

    def _parenthesis(self) -> Tree:
        tree = self.alternative()
        if tree is None:
            raise self._cursor.missing("a comparison inside the parentheses")
        self._cursor.take_sign(")")
        return tree

    def _comparison(self, token: Token) -> Comparison:
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
        if not self._vocabulary.is_number(field):
            return self._string(token, field, operator)
        if token.kind != "number":
            sentence = f"Expected numeric value type for {field.kind} {shown(field.key)}. Found {shown(token.text)}"
            raise self._cursor.refused(token, sentence)
        return _number(token.text, whole=field.kind == "attribute")

    def _string(self, token: Token, field: Field, operator: Operator) -> str:
        bare = self._vocabulary.bare_values and token.kind in {"number", "word", "name"}
        if token.kind != "string" and not bare:
            sentence = (
                f"Expected a quoted string value for {field.kind} {shown(field.key)} (e.g. 'my-value'). "
                f"Got value {shown(token.text)}, which is either not quoted or in unidentified quote types"
            )
            raise self._cursor.refused(token, sentence)
        value = token.text if bare else token.value
        if operator in {"LIKE", "ILIKE"} and len(value) > MAX_PATTERN:
            sentence = f"Invalid pattern: it has {len(value)} characters, at most {MAX_PATTERN} are allowed"
            raise self._cursor.refused(token, sentence)
        return value

    def _list(self) -> tuple[str, ...]:
        self._cursor.take_sign("(")
        values: list[str] = []
        while (token := self._cursor.next) is not None and token.kind == "string":
            values.append(self._cursor.take("a quoted string").value)
            if not self._cursor.takes_sign(","):
                break
        if not values:
            raise self._cursor.missing("a non-empty list of quoted string values")
        self._cursor.take_sign(")")
        return tuple(values)


def _number(text: str, *, whole: bool) -> float | int:
    """The number: an int where it is whole, fits 64 bits and columns hold `whole` numbers, a float elsewhere."""
    value = float(text)
    if whole and text.lstrip("+-").isdigit() and abs(value) < 2**63 and len(text) <= 20:
        return int(text)
    return value
