"""`trackline models`: look at the model registry of a running server, change it, fetch files from it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import click

from trackline.cli.tracker import MLFLOW, TRACKLINE, Refused, Tracker, WrongUse, connected, told, url_option

PAGE = 100

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, as the server answers it.")
limit_option = click.option("--limit", default=PAGE, type=click.IntRange(1), show_default=True, help="Show so many.")


@click.group()
def models() -> None:
    """Look at the model registry of a running server, move stages and aliases, fetch a model's files.

    The server is the one of --url, TRACKLINE_URL or MLFLOW_TRACKING_URI. MLFLOW_TRACKING_USERNAME and
    MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, are sent where they are set. The exit code is 0 if all went
    well, 1 if the server refused or could not be reached, and 2 if the command cannot be meant.

    \b
    trackline models list --filter "tags.team = 'red'"
    trackline models show modelo1@champion
    trackline models promote modelo1 3 Production --archive-existing
    trackline models alias modelo1 champion 3
    trackline models download modelo1@champion ./model
    trackline models history modelo1 --at 2026-01-31 --stage Production
    """


@models.command("list")
@url_option
@click.option("--filter", "condition", default="", metavar="FILTER", help="Those of which this is true.")
@limit_option
@json_option
def list_models(url: str, condition: str, limit: int, as_json: bool) -> None:
    """List the registered models.

    FILTER compares name and tags, as in MLflow: = != LIKE ILIKE, IS NULL for tags; AND, OR, NOT.

    \b
    trackline models list
    trackline models list --filter "name LIKE 'fraud-%' AND tags.team = 'red'"
    trackline models list --json | jq -r '.[].name'
    """
    with told("models list"), connected(url) as server:
        query = {"filter": condition} if condition else {}
        found = _pages(server, f"{MLFLOW}/registered-models/search", "registered_models", **query)
        shown = list(islice(found, limit))
        if as_json:
            return _print_json(shown)
        from trackline.cli.model_tables import print_models

        if not shown:
            click.echo(
                "No registered model is like that." if condition else "There is no registered model yet.", err=True
            )
            return None
        print_models(shown)
        return _say_if_more(found, limit)


@models.command()
@url_option
@click.argument("model", metavar="NAME[@ALIAS|/VERSION|/STAGE]")
@limit_option
@json_option
def show(url: str, model: str, limit: int, as_json: bool) -> None:
    """Show a model, or one version with its run.

    Of a model its versions, of a version the metrics and params of the run that it comes from.

    \b
    trackline models show modelo1
    trackline models show modelo1@champion
    trackline models show modelo1/3
    trackline models show modelo1/Production --json
    """
    with told("models show"), connected(url) as server:
        from trackline.cli.model_tables import print_model, print_version

        if "@" in model or "/" in model:
            version = _version(server, model)
            path = f"{TRACKLINE}/models/{_quoted(version['name'])}/versions/{version['version']}/lineage"
            lineage = server.get(path)
            return _print_json(lineage) if as_json else print_version(lineage)
        found = server.get(f"{MLFLOW}/registered-models/get", name=model)["registered_model"]
        query = {"filter": f"name = {_literal(model)}", "order_by": "version_number DESC"}
        versions = _pages(server, f"{MLFLOW}/model-versions/search", "model_versions", **query)
        shown = list(islice(versions, limit))
        if as_json:
            return _print_json({"registered_model": found, "model_versions": shown})
        print_model(found, shown)
        return _say_if_more(versions, limit)


@models.command()
@url_option
@click.argument("name")
@click.argument("version", type=click.IntRange(1))
@click.argument("stage")
@click.option("--archive-existing", is_flag=True, help="Versions that are in that stage go to the archive.")
def promote(url: str, name: str, version: int, stage: str, archive_existing: bool) -> None:
    """Move a version to a stage.

    STAGE is Staging, Production, Archived or None. Others that are there stay, unless --archive-existing is given.

    \b
    trackline models promote modelo1 3 Staging
    trackline models promote modelo1 3 Production --archive-existing
    """
    with told("models promote"), connected(url) as server:
        change = {"name": name, "version": str(version), "stage": stage, "archive_existing_versions": archive_existing}
        moved = server.send("POST", f"{MLFLOW}/model-versions/transition-stage", **change)["model_version"]
        click.echo(f"Version {moved['version']} of {moved['name']} is in {moved['current_stage']} now.")


@models.command()
@url_option
@click.argument("name")
@click.argument("alias")
@click.argument("version", type=click.IntRange(1), required=False)
@click.option("--delete", is_flag=True, help="Take the alias away.")
@click.option("--roll-back", is_flag=True, help="Give it back to the version that had it before.")
def alias(url: str, name: str, alias: str, version: int | None, delete: bool, roll_back: bool) -> None:
    """Give an alias to a version, or take it back.

    Whichever version had the alias before loses it; --roll-back gives it back to that one.

    \b
    trackline models alias modelo1 champion 3
    trackline models alias modelo1 champion --roll-back
    trackline models alias modelo1 champion --delete
    """
    with told("models alias"), connected(url) as server:
        if sum((version is not None, delete, roll_back)) != 1:
            raise WrongUse("Give one of VERSION, --delete and --roll-back.")
        path = f"{MLFLOW}/registered-models/alias"
        if delete:
            server.send("DELETE", path, name=name, alias=alias)
            click.echo(f"{name} has no alias {alias} now.")
            return
        if roll_back:
            path = f"{TRACKLINE}/models/{_quoted(name)}/aliases/{_quoted(alias)}/rollback"
            version = server.send("POST", path)["model_version"]["version"]
        else:
            server.send("POST", path, name=name, alias=alias, version=str(version))
        click.echo(f"{name}@{alias} is version {version} now.")


@models.command()
@url_option
@click.argument("model", metavar="NAME@ALIAS|NAME/VERSION|NAME/STAGE")
@click.argument("destination", metavar="DEST")
def download(url: str, model: str, destination: str) -> None:
    """Fetch the files of a version.

    They go into the folder DEST, into one tar if DEST ends with .tar, or as a tar to stdout if it is a dash. DEST is
    there whole in the end, or not at all; what is there already is not overwritten. In a tar, the files lie in a
    folder that is called as the model. The same by curl, in a Dockerfile for example:

    \b
    curl -fO http://127.0.0.1:5000/api/trackline/models/modelo1@champion.tar

    \b
    trackline models download modelo1@champion ./model
    trackline models download modelo1/3 modelo1.tar
    trackline models download modelo1/Production - | tar x
    """
    with told("models download"), connected(url) as server:
        from trackline.cli.progress import shown_download
        from trackline.cli.unpack import check_free, unpack, write_file

        target = Path(destination)
        if destination != "-":
            check_free(target)
        with server.stream(f"{TRACKLINE}/models/{quote(model, safe='/@')}.tar") as answer:
            total = int(answer.headers["content-length"]) if "content-length" in answer.headers else None
            with shown_download(model, total) as came:
                chunks = _counted(answer.iter_bytes(), came)
                if destination == "-":
                    sys.stdout.buffer.writelines(chunks)
                    return
                if target.suffix == ".tar":
                    write_file(chunks, target)
                else:
                    unpack(chunks, target)
        fetched = unquote(answer.headers.get("content-location", "")).rpartition("/models/")[2].removesuffix(".tar")
        click.echo(f"{target} holds {fetched or model}.")


@models.command()
@url_option
@click.argument("name")
@click.option(
    "--at", metavar="DATE", help="How it stood then: a day (its end) or a time, UTC unless it says otherwise."
)
@click.option("--stage", help="With --at: which versions were in this stage.")
@click.option("--alias", help="With --at: which version had this alias.")
@limit_option
@json_option
def history(url: str, name: str, at: str | None, limit: int, as_json: bool, **held: str | None) -> None:
    """Tell who changed what, and when.

    The latest change comes first. With --at: which version was in production then, or had an alias.

    \b
    trackline models history modelo1
    trackline models history modelo1 --at 2026-01-31 --stage Production
    trackline models history modelo1 --at 2026-01-31T12:00:00+01:00 --alias champion
    """
    with told("models history"), connected(url) as server:
        from trackline.cli.model_tables import print_held, print_history

        what = {key: value for key, value in held.items() if value is not None}
        if len(what) != (at is not None):
            raise WrongUse("--at goes with one of --stage and --alias, and they with it.")
        if at is None:
            entries = _pages(server, f"{TRACKLINE}/models/{_quoted(name)}/history", "entries")
            shown = list(islice(entries, limit))
            if as_json:
                return _print_json(shown)
            print_history(shown)
            return _say_if_more(entries, limit)
        then = server.get(f"{TRACKLINE}/models/{_quoted(name)}/at", time=at, **what)
        if as_json:
            return _print_json(then)
        if not then["versions"]:
            click.echo(f"No version of {name} was there at {at}.", err=True)
            return None
        return print_held(then["versions"])


def _pages(server: Tracker, path: str, field: str, **query: str) -> Iterator[dict[str, Any]]:
    """The items of all pages, each page asked for when it is needed."""
    while True:
        page = server.get(path, max_results=PAGE, **query)
        yield from page.get(field, [])
        if not page.get("next_page_token"):
            return
        query["page_token"] = page["next_page_token"]


def _version(server: Tracker, reference: str) -> Any:
    """The version that NAME@ALIAS, NAME/VERSION or NAME/STAGE names."""
    name, slash, which = reference.rpartition("/")
    if not slash:
        name, _, which = reference.rpartition("@")
        return server.get(f"{MLFLOW}/registered-models/alias", name=name, alias=which)["model_version"]
    if which.isdecimal():
        return server.get(f"{MLFLOW}/model-versions/get", name=name, version=which)["model_version"]
    latest = server.get(f"{MLFLOW}/registered-models/get-latest-versions", name=name, stages=which)
    if not latest.get("model_versions"):
        raise Refused(f"No version of {name} is in the stage {which}. See trackline models show {name}.")
    return latest["model_versions"][0]


def _counted(chunks: Iterator[bytes], came: Callable[[int], None]) -> Iterator[bytes]:
    for chunk in chunks:
        came(len(chunk))
        yield chunk


def _say_if_more(rest: Iterator[Any], limit: int) -> None:
    if next(rest, None) is not None:
        click.echo(f"There are more than these {limit}: --limit shows more.", err=True)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _literal(text: str) -> str:
    """As a value of the filter language."""
    return f'"{text}"' if "'" in text else f"'{text}'"
