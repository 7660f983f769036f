"""The running server that a command talks to, by its REST API."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

from trackline import __version__
from trackline.cli.options import SettingOption
from trackline.settings import SERVER_URL, UnreadableSetting, credentials

if TYPE_CHECKING:
    import httpx

FAILED = 1  # exit codes
CANNOT_START = 2
MLFLOW = "api/2.0/mlflow"
TRACKLINE = "api/trackline"
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 60.0

Command = Callable[..., None]


class WrongUse(Exception):
    """What was given cannot be meant; the message says what to give instead."""


class Refused(Exception):
    """The server, or the way to it, does not do what is asked; the message says why."""


def url_option(command: Command) -> Command:
    """The address of the server as the option `--url`."""
    return click.option(
        "--url",
        cls=SettingOption,
        envvar=list(SERVER_URL.variables),
        default="http://127.0.0.1:5000",
        metavar="URL",
        show_default=True,
        show_envvar=True,
        help="The server's address.",
    )(command)


class Tracker:
    def __init__(self, url: str, http: httpx.Client) -> None:
        self._url = url
        self._http = http

    def get(self, path: str, **query: Any) -> Any:
        return self._json("GET", path, params=query)

    def send(self, method: str, path: str, **body: Any) -> Any:
        return self._json(method, path, json=body)

    @contextmanager
    def stream(self, path: str) -> Iterator[httpx.Response]:
        """An answer whose body is still to be read, within the block."""
        with self._explained(), self._http.stream("GET", path, headers={"accept-encoding": "identity"}) as answer:
            if not answer.is_success:
                answer.read()
            self._check(answer)
            yield answer

    def _json(self, method: str, path: str, **content: Any) -> Any:
        with self._explained():
            answer = self._http.request(method, path, **content)
        self._check(answer)
        try:
            return answer.json()
        except ValueError:
            raise self._stranger(answer) from None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        import httpx

        try:
            yield
        except httpx.ConnectError as error:
            raise Refused(
                f"Nothing answers at {self._url} ({error}). Start a server there (trackline server), or name another "
                "one with --url."
            ) from error
        except httpx.TimeoutException as error:
            raise Refused(f"{self._url} did not answer in time. Try again.") from error
        except httpx.HTTPError as error:
            raise Refused(f"The connection to {self._url} broke off: {error}. Try again.") from error

    def _check(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        if answer.is_redirect:
            raise Refused(f"{self._url} leads on to {answer.headers.get('location')}: give that server's --url.")
        if answer.status_code in (401, 403):
            raise Refused(
                f"{self._url} wants to know who you are: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or "
                "MLFLOW_TRACKING_TOKEN."
            )
        try:
            message = answer.json()["message"]
        except (ValueError, TypeError, KeyError):
            raise self._stranger(answer) from None
        raise Refused(str(message))

    def _stranger(self, answer: httpx.Response) -> Refused:
        return Refused(
            f"{self._url} answered with status {answer.status_code}, but not as Trackline does. Is that its address? "
            "Name another one with --url."
        )


def experiment_of(server: Tracker, given: str) -> tuple[str, str]:
    """Id and name of the experiment with this name or, where it is a number, this id."""
    if given.isdecimal():
        found = server.get(f"{MLFLOW}/experiments/get", experiment_id=given)
    else:
        found = server.get(f"{MLFLOW}/experiments/get-by-name", experiment_name=given)
    return found["experiment"]["experiment_id"], found["experiment"]["name"]


@contextmanager
def connected(url: str) -> Iterator[Tracker]:
    with http_client(url) as http:
        yield Tracker(url, http)


def http_client(url: str) -> httpx.Client:
    """For a server at `url`, with the credentials that the environment gives. Raises WrongUse."""
    import httpx

    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise WrongUse(f"'{url}' is no address: {error}. Give the server's, such as http://127.0.0.1:5000.") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise WrongUse(
            f"'{url}' is not the address of a server. Give one such as http://127.0.0.1:5000 with --url, or in "
            f"{' or '.join(SERVER_URL.variables)}."
        )
    known = credentials()
    headers, auth = {"user-agent": f"trackline/{__version__}"}, None
    if "username" in known:
        auth = (known["username"], known.get("password", ""))
    elif "token" in known:
        headers["authorization"] = f"Bearer {known['token']}"
    timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    return httpx.Client(base_url=parsed, auth=auth, headers=headers, timeout=timeout)


@contextmanager
def told(command: str) -> Iterator[None]:
    """Whatever stands in the way of `trackline COMMAND` is said in one line."""

    def give_up(message: str, code: int) -> NoReturn:
        click.echo(f"trackline {command}: {message}", err=True)
        sys.exit(code)

    try:
        yield
    except (WrongUse, UnreadableSetting) as error:
        give_up(str(error), CANNOT_START)
    except Refused as error:
        give_up(str(error), FAILED)
    except BrokenPipeError:
        raise
    except OSError as error:
        give_up(f"{error.filename or 'The disk'}: {error.strerror}.", FAILED)
    except KeyboardInterrupt:
        give_up("Interrupted.", FAILED)
