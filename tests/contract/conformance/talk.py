"""A case's conversation with a server: it sends requests and keeps the normalised answers."""

from __future__ import annotations

import hashlib
import importlib
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, Unpack

import httpx

from tests.contract.conformance.normal import Names, normal, unquoted

API = "/api/2.0/mlflow/"
CASES_FOLDER = Path(__file__).parent / "cases"
SECONDS = 30.0
SHOWN = 600
ANY = "<any>"
# What kind of value was wrong: everybody says this in other words.
FREE = "Hint: Value was of type"

Json = Any
Exchange = dict[str, Json]
Query = Mapping[str, Json] | None
Show = Callable[[Json], Json]
Case = Callable[["Talk"], None]

CASES: dict[str, Case] = {}


class Options(TypedDict, total=False):
    """How one request is sent and what of its answer is compared."""

    raw: bytes  # goes instead of the JSON of the body
    kind: str | None  # the body's content type; None: no such header
    send_headers: Mapping[str, str]
    message: bool  # an error's message is compared too
    differs: str  # an entry of DIFFERENCES
    show: Show  # picks what is compared of an answer
    headers: Sequence[str]  # of the answer, compared


class SetUpError(Exception):
    """A request that only prepares the case was refused."""


def case(function: Case) -> Case:
    """Registers a case as `<module>.<function>`. It must make its own experiments and leave others alone."""
    module = function.__module__.rpartition(".")[2]
    CASES[f"{module}.{function.__name__}"] = function
    return function


def all_cases() -> dict[str, Case]:
    for path in sorted(CASES_FOLDER.glob("*.py")):
        importlib.import_module(f"tests.contract.conformance.cases.{path.stem}")
    return CASES


def converse(name: str, client: httpx.Client) -> list[Exchange]:
    """Run one case against a server. What it cannot go on from is the last entry of the transcript."""
    talk = Talk(client)
    try:
        all_cases()[name](talk)
    except (SetUpError, LookupError, TypeError) as stop:
        talk.exchanges.append({"stopped": f"{type(stop).__name__}: {stop}"})
    return talk.exchanges


class Talk:
    """Requests of one case. `exchanges` is the transcript; set-up calls are not in it."""

    def __init__(self, client: httpx.Client) -> None:
        self.exchanges: list[Exchange] = []
        self._client = client
        self._nonce = f"x{secrets.token_hex(5)}"
        self._names = Names(self._nonce)

    def name(self, label: str) -> str:
        """A name that no other case and no earlier run of this case has used."""
        return f"{label}-{self._nonce}"

    def experiment(self, label: str = "experiment", **fields: Json) -> str:
        made = self.set_up("experiments/create", {"name": self.name(label), **fields})
        return self._names.experiment(made["experiment_id"])

    def run(self, experiment: str, name: str = "run", **fields: Json) -> str:
        """A running run. `metrics`, `params` and `tags` are given as mappings."""
        batch = {kind: fields.pop(kind, {}) for kind in ("metrics", "params", "tags")}
        run = self.set_up("runs/create", {"experiment_id": experiment, "run_name": name, **fields})
        run_id: str = run["run"]["info"]["run_id"]
        if any(batch.values()):
            self.set_up("runs/log-batch", {"run_id": run_id, **as_batch(**batch)})
        return run_id

    def model(self, experiment: str, name: str = "model", **fields: Json) -> str:
        made = self.set_up("logged-models", {"experiment_id": experiment, "name": name, **fields})
        model_id: str = made["model"]["info"]["model_id"]
        return model_id

    def set_up(self, path: str, body: Json, method: str = "POST") -> Json:
        answer = self._client.request(method, _absolute(path), json=body)
        if answer.status_code != 200:
            raise SetUpError(f"{path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    def set_up_bytes(self, path: str, data: bytes) -> None:
        answer = self._client.put(path, content=data)
        if answer.status_code != 200:
            raise SetUpError(f"{path}: {answer.status_code} {answer.text[:300]}")

    def tick(self) -> None:
        """Wait until the servers' millisecond clocks have moved on."""
        time.sleep(0.003)

    def get(self, path: str, query: Query = None, **options: Unpack[Options]) -> Json:
        return self.send("GET", path, query=query, **options)

    def post(self, path: str, body: Json = None, query: Query = None, **options: Unpack[Options]) -> Json:
        return self.send("POST", path, body, query, **options)

    def send(
        self,
        method: str,
        path: str,
        body: Json = None,
        query: Query = None,
        **options: Unpack[Options],
    ) -> Json:
        """One request, answered or refused; gives back the answer's JSON, or its text."""
        raw = options.get("raw")
        kind = options.get("kind", None if body is None and raw is None else "application/json")
        content = raw if raw is not None else None if body is None else json.dumps(body).encode()
        answer = self._client.request(
            method,
            _absolute(path),
            params=query,
            content=content,
            headers=({"content-type": kind} if kind else {}) | dict(options.get("send_headers", {})),
        )
        sent = body if raw is None else f"{kind}: {_text(raw)}"
        self._keep(f"{method} {path}", (query, sent), answer, options)
        return _content(answer)

    def _keep(self, line: str, sent: tuple[Json, Json], answer: httpx.Response, options: Options) -> None:
        parts = [_short(json.dumps(normal(part, self._names))) for part in sent if part is not None]
        body = _content(answer)
        if line.endswith("experiments/create") and answer.status_code == 200:
            self._names.experiment(body["experiment_id"])
        if answer.status_code >= 400 and isinstance(body, dict):
            body = _refusal(body, with_message=bool(options.get("message")))
        elif "show" in options and answer.status_code < 400:
            body = options["show"](body)
        exchange = {
            "send": " ".join([self._names.text(line), *parts]),
            "status": answer.status_code,
            # Nobody needs the type of nothing.
            "type": answer.headers.get("content-type") if answer.content else None,
            "body": normal(body, self._names),
        }
        if wanted := options.get("headers"):
            exchange["headers"] = {name: unquoted(answer.headers.get(name)) for name in wanted}
        if differs := options.get("differs"):
            exchange["differs"] = differs
        self.exchanges.append(exchange)


def as_batch(
    metrics: Mapping[str, Json] | None = None,
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> dict[str, list[dict[str, Json]]]:
    """The lists of a log-batch. A metric is its value, at step 0 and time 1."""
    return {
        "metrics": [{"key": key, "value": value, "timestamp": 1} for key, value in (metrics or {}).items()],
        "params": [{"key": key, "value": value} for key, value in (params or {}).items()],
        "tags": [{"key": key, "value": value} for key, value in (tags or {}).items()],
    }


def each(*variants: Json) -> tuple[Json, ...]:
    """Variants of one value that have no type in common."""
    return variants


def nothing(_: Json) -> Json:
    """Compare status and type of the answer only."""
    return ANY


def run_names(found: Json) -> Json:
    """A page of a run search as the names of its runs, in order."""
    return [run["info"]["run_name"] for run in found.get("runs", [])] + _more(found)


def model_names(found: Json) -> Json:
    return [model["info"]["name"] for model in found.get("models", [])] + _more(found)


def experiment_names(found: Json) -> Json:
    return [experiment["name"] for experiment in found.get("experiments", [])] + _more(found)


def _more(found: Json) -> list[str]:
    return ["<more>"] if found.get("next_page_token") else []


def _absolute(path: str) -> str:
    return path if path.startswith("/") else API + path


def _short(text: str) -> str:
    if len(text) <= SHOWN:
        return text
    return f"{text[:SHOWN]} … <{len(text)} characters, {hashlib.sha256(text.encode()).hexdigest()[:8]}>"


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _refusal(body: dict[str, Json], *, with_message: bool) -> dict[str, Json]:
    """What is compared of an error. The SQL state and error class follow from the code alone."""
    kept = {key: value for key, value in body.items() if key not in ("sqlstate", "error_class")}
    free = not with_message or FREE in str(kept.get("message"))
    return kept | {"message": ANY} if free and "message" in kept else kept


def _content(answer: httpx.Response) -> Json:
    try:
        return json.loads(answer.content)
    except ValueError:
        return answer.text
