from __future__ import annotations

import pytest

from tests.store.made import make_registered, make_version
from trackline.db.transaction import Transaction
from trackline.store.artifact_locations import (
    Locations,
    count_locations,
    count_proxied_experiments,
    move_locations,
    path_below,
)
from trackline.store.experiments import create_experiment, get_experiment
from trackline.store.registry.versions import location_of_version


def made_at(tx: Transaction, *locations: str) -> list[str]:
    return [create_experiment(tx, location, location, [], "unused:/") for location in locations]


def locations(tx: Transaction, ids: list[str]) -> list[str]:
    return [get_experiment(tx, one).artifact_location for one in ids]


def test_what_lies_below_the_old_root_lies_below_the_new_one_and_the_rest_stays(store_tx: Transaction) -> None:
    ids = made_at(store_tx, "s3://b/old/1", "s3a://b/old/x/2", "s3://b/old", "s3://b/older/1", "mlflow-artifacts:/4")

    assert count_locations(store_tx, "s3://b/old/") == Locations(3, 0)
    assert move_locations(store_tx, "s3://b/old/", "gs://new/root/") == Locations(3, 0)

    assert locations(store_tx, ids) == [
        *("gs://new/root/1", "gs://new/root/x/2", "gs://new/root/"),
        *("s3://b/older/1", "mlflow-artifacts:/4"),
    ]
    assert count_locations(store_tx, "s3://b/old") == Locations(0, 0)
    assert count_proxied_experiments(store_tx) == 1


def test_a_folder_is_found_however_it_is_written(store_tx: Transaction) -> None:
    ids = made_at(store_tx, "/srv/a b/1", "file:///srv/a%20b/2%23", "file:/srv/a%20b/3")

    move_locations(store_tx, "file:///srv/a%20b", "s3://b")
    assert locations(store_tx, ids) == ["s3://b/1", "s3://b/2#", "s3://b/3"]

    move_locations(store_tx, "s3://b", "file:///srv/c")
    assert locations(store_tx, ids) == ["file:///srv/c/1", "file:///srv/c/2%23", "file:///srv/c/3"]


def test_experiments_go_through_the_server_and_no_longer(store_tx: Transaction) -> None:
    ids = made_at(store_tx, "s3://b/root/1")
    move_locations(store_tx, "s3://b/root", "mlflow-artifacts:/")
    assert locations(store_tx, ids) == ["mlflow-artifacts:/1"]
    move_locations(store_tx, "mlflow-artifacts:/", "/srv/root")
    assert locations(store_tx, ids) == ["/srv/root/1"]


def test_versions_of_registered_models_move_too(store_tx: Transaction) -> None:
    make_registered(store_tx, "m")
    version = make_version(store_tx, "m", source="mlflow-artifacts:/1/models/m-1")
    assert count_locations(store_tx, "mlflow-artifacts:/") == Locations(0, 1)
    assert move_locations(store_tx, "mlflow-artifacts:/", "s3://c/root") == Locations(0, 1)
    assert location_of_version(store_tx, "m", int(version.version)) == "s3://c/root/1/models/m-1"


@pytest.mark.parametrize(
    ("location", "root", "path"),
    [
        ("/a/b/c", "/a", "b/c"),
        ("/a/b/", "/a/b", ""),
        ("/ab", "/a", None),
        ("/a", "/a/b", None),
        ("s3a://b/x", "s3://b/", "x"),
        ("gs://b/x", "s3://b", None),
    ],
)
def test_the_path_from_a_root_to_what_lies_below_it(location: str, root: str, path: str | None) -> None:
    assert path_below(location, root) == path
