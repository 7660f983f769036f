"""Cuts the text of a filter or of an order into tokens, and says where in it something is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from trackline.domain.errors import InvalidParameter

MAX_LENGTH = 500_000  # characters: room for a list of ten thousand run ids
_SHOWN = 60  # characters of what somebody wrote that are repeated in a message

TokenKind = Literal["number", "name", "word", "string", "ticked", "sign"]

# A quote inside quotes is doubled. Possessive quantifiers (`*+`) keep hostile text from making this slow.
_SINGLE = r"'(?:[^']|'')*+'"
_DOUBLE = r'"(?:[^"]|"")*+"'
_TICKED = r"`(?:[^`]|``)*+`"
_BARE = r"""[^\s'"`(),=<>!]++"""
_TOKEN = re.compile(
    rf"""
      (?P<number> [+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)? (?![^\s'"`(),=<>!]) )
    | (?P<name>   (?P<prefix>{_TICKED}|[^\W\d]\w*+)\.(?P<key>{_SINGLE}|{_DOUBLE}|{_TICKED}|{_BARE}) )
    | (?P<word>   {_BARE} )
    | (?P<string> {_SINGLE}|{_DOUBLE} )
    | (?P<ticked> {_TICKED} )
    | (?P<sign>   <=|>=|!=|==|<>|[=<>(),] )
    | (?P<space>  \s++ )
    | (?P<other>  . )
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    kind: TokenKind
    text: str  # as it was written
    start: int  # index of its first character
    prefix: str = ""  # of a name: what stands before the first dot, without quotes
    value: str = ""  # of a name: what stands after it; of a string or ticked word: what the quotes hold

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.upper() in words


def tokenize(text: str) -> Iterator[Token]:
    """The tokens of `text`. Raises InvalidParameter where a quote stays open or a character means nothing."""
    if len(text) > MAX_LENGTH:
        raise InvalidParameter(f"Invalid filter string: it has {len(text)} characters, at most {MAX_LENGTH} are read.")
    if "\0" in text or not _is_unicode(text):
        raise InvalidParameter("Invalid filter string: it holds a NUL or half of a surrogate pair.")
    for match in _TOKEN.finditer(text):
        if match["other"]:
            why = "this quote is never closed" if match["other"] in "'\"`" else "this has no meaning here"
            raise wrong(text, match.start(), f"Invalid clause(s) in filter string: {why}")
        if not match["space"]:
            yield _token(match)


def wrong(text: str, position: int, sentence: str) -> InvalidParameter:
    """The error to raise: `sentence`, and where in `text` it applies."""
    if position >= len(text):
        return InvalidParameter(f"{sentence}. See the end of {shown(text)}.")
    return InvalidParameter(f"{sentence}. See character {position + 1}: {shown(text[position:])}.")


def shown(text: str) -> str:
    """`text` in quotes, cut to a length that fits a message."""
    return repr(cut(text))


def cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _token(match: re.Match[str]) -> Token:
    kind: TokenKind = match.lastgroup  # type: ignore[assignment]  # the outermost group that matched
    text = match.group()
    if kind == "name":
        return Token(kind, text, match.start(), _unquoted(match["prefix"]), _unquoted(match["key"]))
    return Token(kind, text, match.start(), "", _unquoted(text))


def _unquoted(text: str) -> str:
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote) if quote in "'\"`" else text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
