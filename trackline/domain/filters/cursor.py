"""A place in the tokens of a text."""

from __future__ import annotations

from trackline.domain.errors import InvalidParameter
from trackline.domain.filters.tokens import Token, shown, tokenize, wrong


class Cursor:
    """Goes over the tokens of `text` once. What it raises is InvalidParameter with the place in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokenize(text)
        self._at = 0

    @property
    def next(self) -> Token | None:
        """The token that comes next, None at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def take(self, expected: str) -> Token:
        """The next token, gone over. `expected` says, in an error, what should have been there."""
        token = self.next
        if token is None:
            raise self.missing(expected)
        self._at += 1
        return token

    def takes_word(self, *words: str) -> str | None:
        """Goes over the next token and returns it in capitals if it is one of `words`."""
        token = self.next
        if token is None or not token.is_word(*words):
            return None
        self._at += 1
        return token.text.upper()

    def take_word(self, *words: str) -> str:
        taken = self.takes_word(*words)
        if taken is None:
            raise self.missing(" or ".join(words))
        return taken

    def takes_sign(self, sign: str) -> bool:
        """Goes over the next token if it is `sign`."""
        token = self.next
        if token is None or token.text != sign:
            return False
        self._at += 1
        return True

    def take_sign(self, sign: str) -> None:
        if not self.takes_sign(sign):
            raise self.missing(f"'{sign}'")

    def missing(self, expected: str) -> InvalidParameter:
        """The error to raise where the next token is not what it should be."""
        token = self.next
        found = "nothing more" if token is None else shown(token.text)
        start = len(self.text) if token is None else token.start
        return wrong(self.text, start, f"Invalid clause(s) in filter string: expected {expected}, found {found}")

    def refused(self, token: Token, sentence: str) -> InvalidParameter:
        """The error to raise where `token` is well-formed but may not stand."""
        return wrong(self.text, token.start, sentence)
