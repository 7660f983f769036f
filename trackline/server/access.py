"""What endpoints need of the one who asks: said in the table of endpoints, checked in the request's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from starlette.requests import Request

from trackline.domain.access import SERVER, Demand, Named, Permission, Resource
from trackline.domain.artifact_paths import folder_path
from trackline.domain.errors import InvalidParameter
from trackline.domain.model_sources import OfVersion, parse_source

Resources = Callable[[Any], Iterable[Resource]]


class Needs(NamedTuple):
    """`resources` of a request, which is of the endpoint's shape, or Starlette's for a raw endpoint.

    `words` say it in the documentation. `first`: checked before the endpoint begins, since it does other things than
    ask the database once. `is_open`: for everybody, signed in or not.
    """

    permission: Permission
    words: str
    resources: Resources
    first: bool = False
    is_open: bool = False

    def demands(self, request: Any) -> tuple[Demand, ...]:
        return (Demand(self.permission, tuple(self.resources(request))),)


def _on(
    named: Named, words: str, ids: Callable[[Any], Iterable[str | None]], first: bool = False
) -> Callable[[Permission], Needs]:
    """Needs of a permission on things that a request names. One that it does not name is the endpoint's to ask for."""

    def resources(request: Any) -> Iterable[Resource]:
        return [Resource(named, given) for given in ids(request) if given]

    return lambda permission: Needs(permission, words, resources, first)


def _on_server(permission: Permission, words: str, first: bool = False, is_open: bool = False) -> Needs:
    return Needs(permission, words, lambda _: [SERVER], first, is_open)


READ, EDIT, MANAGE = Permission.READ, Permission.EDIT, Permission.MANAGE

OPEN = _on_server(READ, "nothing", is_open=True)
UNDECLARED = _on_server(MANAGE, "an administrator", first=True)  # what the table says nothing of is for nobody else
SIGNED_IN = _on_server(READ, "to be signed in")
FILTERED = _on_server(READ, "to be signed in; what READ is lacking on is left out")
MAKE = _on_server(EDIT, "to be signed in; the maker gets MANAGE")
ADMIN = _on_server(MANAGE, "to be an administrator", first=True)

EXPERIMENT = _on("experiment", "the experiment", lambda request: [request.experiment_id])
EXPERIMENT_NAME = _on("experiment_name", "the experiment", lambda request: [request.experiment_name])
EXPERIMENTS = _on("experiment", "each experiment", lambda request: request.experiment_ids or [])
SHOWN_EXPERIMENTS = _on("experiment", "each experiment", lambda request: request.experiment_id)
RUN = _on("run", "the run's experiment", lambda request: [request.run_id])
RUNS = _on("run", "each run's experiment", lambda request: request.run_ids)
SHOWN_RUNS = _on("run", "each run's experiment", lambda request: request.run_id or [])
LOGGED_MODEL = _on("logged_model", "the logged model's experiment", lambda request: [request.model_id])
MODEL = _on("registered_model", "the registered model", lambda request: [request.name])
USER = _on("user", "the user: themselves or an administrator", lambda request: [request.username])

_FOLDER = "the experiment of the artifacts, and all others with artifacts there"
SENT_FOLDER = _on("proxied_path", _FOLDER, lambda request: [_proxied(f"{request.folder}/x")], first=True)
SENT_FILE = _on("proxied_path", _FOLDER, lambda request: [_proxied(request.path)], first=True)
PATH_FILE = _on("proxied_path", _FOLDER, lambda request: [_proxied(request.path_params["path"])])
QUERY_FOLDER = _on("proxied_path", _FOLDER, lambda request: [_proxied(request.query_params.get("path", ""))])

QUERY_RUN = _on("run", "the run's experiment", lambda request: [_first(request, "run_uuid", "run_id")])
PATH_LOGGED_MODEL = _on(
    "logged_model", "the logged model's experiment", lambda request: [request.path_params["model_id"]]
)
QUERY_MODEL = _on("registered_model", "the registered model", lambda request: [_first(request, "name")])


def _run_and_models(request: Any) -> Iterable[Resource]:
    """A run, and the logged models of which something is said together with it."""
    yield Resource("run", request.run_id)
    said = [*(getattr(request, "metrics", None) or []), *(getattr(request, "models", None) or []), request]
    for one in said:
        if model_id := getattr(one, "model_id", None):
            yield Resource("logged_model", model_id)


def _run_or_model(request: Any) -> Iterable[Resource]:
    if request.run_id:
        yield Resource("run", request.run_id)
    if request.model_id:
        yield Resource("logged_model", request.model_id)


def _owner_of_folder(request: Request) -> Iterable[Resource]:
    """The run, logged model or registered model whose folder or file a query asks for."""
    if run_id := _first(request, "run_id"):
        yield Resource("run", run_id)
    if model_id := _first(request, "model_id"):
        yield Resource("logged_model", model_id)
    if name := _first(request, "name"):
        yield Resource("registered_model", name)


def _reference(request: Request) -> Iterable[Resource]:
    """The model of a version that is named as in a `models:/` URI."""
    named = parse_source(f"models:/{request.path_params['reference']}")
    return [Resource("registered_model", named.name) if isinstance(named, OfVersion) else SERVER]


def _topics(request: Request) -> Iterable[Resource]:
    """What a page wants hints of; topics that name nothing in particular tell nothing in particular."""
    yield SERVER
    for topic in request.query_params.get("topics", "").split(","):
        kind, _, number = topic.partition(":")
        if kind == "run":
            yield Resource("run", number)
        elif kind == "experiment":
            yield Resource("experiment", number)


def _runs_and_experiment(request: Any) -> Iterable[Resource]:
    """Runs, and the experiment to which they shall go."""
    yield from (Resource("run", run_id) for run_id in request.run_ids)
    yield Resource("experiment", request.experiment_id)


RUNS_AND_EXPERIMENT = Needs(EDIT, "each run's experiment, and the one to which they go", _runs_and_experiment)
RUN_AND_MODELS = Needs(EDIT, "the run's experiment, and those of the logged models named", _run_and_models)
UPLOAD_OWNER = Needs(EDIT, "the experiment of the run or logged model", _run_or_model)
FOLDER_OWNER = Needs(READ, "the experiment of the run or logged model, or the registered model", _owner_of_folder)
TOPICS = Needs(READ, "each run's and experiment's of the topics", _topics)
QUERY_REFERENCE = Needs(READ, "the registered model", _reference)


def GRANTED(permission: Permission) -> Needs:  # noqa: N802 one of the needs
    """On what a permission is granted; on all of a kind it is granted by administrators."""
    return Needs(permission, "the experiment or registered model; an administrator for all (*)", _granted)


def _granted(request: Any) -> Iterable[Resource]:
    if request.resource_id == "*":
        return [SERVER]
    named: Named = "experiment" if request.resource_type == "experiment" else "registered_model"
    return [Resource(named, request.resource_id)]


def _proxied(path: str) -> str:
    """As it will be stored. What is no path is refused by the endpoint, in its own words; here it belongs to nobody."""
    try:
        return folder_path(path) or "/"
    except InvalidParameter:
        return "/"


def _first(request: Request, *names: str) -> str | None:
    return next((request.query_params[name] for name in names if request.query_params.get(name)), None)
