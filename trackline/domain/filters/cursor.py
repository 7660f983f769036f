"""A place in the tokens of a text."""

from __future__ import annotations

from trackline.domain.errors import InvalidParameter
from trackline.domain.filters.tokens import Token, shown, tokenize, wrong


class Cursor:
    """Goes over the tokens of `text` once. What it raises is InvalidParameter with the place in the text.

    `next` is the token that comes next, None at the end.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokenize(text)
        self.next = next(self._tokens, None)

    def take(self, expected: str) -> Token:
        """The next token, gone over. `expected` says, in an error, what should have been there."""
        token = self.next
        if token is None:
            raise self.missing(expected)
        self.next = next(self._tokens, None)
        return token

    def takes_word(self, *words: str) -> str | None:
        """Goes over the next token and returns it in capitals if it is one of `words`."""
        if self.next is None or not self.next.is_word(*words):
            return None
        return self.take("a word").text.upper()

    def take_word(self, *words: str) -> str:
        taken = self.takes_word(*words)
        if taken is None:
            raise self.missing(" or ".join(words))
        return taken

    def takes_sign(self, sign: str) -> bool:
        """Goes over the next token if it is `sign`."""
        if self.next is None or self.next.text != sign:
            return False
        self.take(sign)
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
