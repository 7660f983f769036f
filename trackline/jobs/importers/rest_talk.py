"""Questions to a server that speaks MLflow's REST API. They change nothing there, so each may be asked again."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, TypeAlias

import httpx

from trackline.jobs.importers.source import UnusableSource

Answer: TypeAlias = dict[str, Any]

_API = "api/2.0/mlflow/"
_TIMES = 6
_PAUSE = 0.5  # seconds after the first failure; twice as long after each further one
_LONGEST_PAUSE = 30.0  # also of what a server asks for
_PASSING = frozenset({429, 500, 502, 503, 504})
_WHO = "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, to one who may read it."
_MEND = "Bring its MLflow up to date, or import from its database."
_AGAIN = "Run the same command again to go on."


class Talk:
    """What raises UnusableSource: who asks may not, the server is none of MLflow's, or it fails time after time."""

    def __init__(self, http: httpx.Client, shown: str) -> None:
        self._http = http
        self._shown = shown

    def get(self, path: str, **query: Any) -> Answer | None:
        """None where there is no such thing, or no such question."""
        return self._ask("GET", path, params=query)

    def pages(self, method: str, path: str, field: str, **asked: Any) -> Iterator[list[Answer]]:
        """Of all that there are, the items of each page."""
        seen = set()
        while True:
            answer = self._ask(method, path, **{"params" if method == "GET" else "json": asked}) or {}
            yield answer.get(field, [])
            token = asked["page_token"] = answer.get("next_page_token") or ""
            if not token:
                return
            if token in seen:
                raise UnusableSource(f"{self._shown} leads from one page of {path} back to it, without an end.", _MEND)
            seen.add(token)

    def _ask(self, method: str, path: str, **content: Any) -> Answer | None:
        pause = _PAUSE
        for last in (False,) * (_TIMES - 1) + (True,):
            try:
                answer = self._http.request(method, _API + path, **content)
            except httpx.TransportError as error:
                if last:
                    raise UnusableSource(f"{self._shown} does not answer ({error}).", _AGAIN) from error
            else:
                if answer.status_code not in _PASSING or last:
                    return self._read(answer)
                pause = _asked_pause(answer, pause)
            time.sleep(min(pause, _LONGEST_PAUSE))
            pause *= 2
        return None

    def _read(self, answer: httpx.Response) -> Answer | None:
        if answer.status_code == 404:
            return None
        if answer.status_code in (401, 403):
            raise UnusableSource(f"{self._shown} does not show this to whoever asks.", _WHO)
        if answer.is_redirect:
            raise UnusableSource(f"{self._shown} leads on to {answer.headers.get('location')}.", "Name that address.")
        try:
            said = json.loads(answer.content)  # which may hold NaN
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise UnusableSource(
                f"{self._shown} answered with status {answer.status_code}, but not as MLflow does.",
                "Name the address that clients have as MLFLOW_TRACKING_URI.",
            )
        if not answer.is_success:
            raise UnusableSource(f"{self._shown} says: {said.get('message', answer.status_code)}", _AGAIN)
        return said


def _asked_pause(answer: httpx.Response, otherwise: float) -> float:
    """Seconds."""
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isdecimal() else otherwise
