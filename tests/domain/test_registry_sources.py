from __future__ import annotations

import pytest

from trackline.domain.errors import InvalidParameter
from trackline.domain.model_sources import (
    AtLocation,
    OfLoggedModel,
    OfRun,
    OfVersion,
    Source,
    is_below,
    parse_source,
)


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("runs:/abc/model", OfRun("abc", "model")),
        ("runs:/abc/a/b/", OfRun("abc", "a/b")),
        ("runs:/abc", OfRun("abc", "")),
        ("models:/m-1", OfLoggedModel("m-1")),
        ("models:/my model/3", OfVersion("my model", version=3)),
        ("models:/50%?#/3", OfVersion("50%?#", version=3)),
        ("models:/n/Staging", OfVersion("n", stage="Staging")),
        ("models:/n/Latest", OfVersion("n")),
        ("models:/a@b@champion", OfVersion("a@b", alias="champion")),
        ("mlflow-artifacts:/1/x", AtLocation("mlflow-artifacts:/1/x")),
        ("s3://bucket/x", AtLocation("s3://bucket/x")),
        ("/mnt/x", AtLocation("/mnt/x")),
    ],
)
def test_a_source_is_a_run_a_logged_model_a_version_or_a_place(source: str, named: Source) -> None:
    assert parse_source(source) == named


@pytest.mark.parametrize(
    "source",
    [
        *("mlflow-artifacts:/1/../2", "mlflow-artifacts:/1/%2e%2e/2", "mlflow-artifacts:/1/%252E%252e/2"),
        *("mlflow-artifacts:/1/a%2f..%2f..%2fb", "mlflow-artifacts:/1/./a", "mlflow-artifacts:/1/a\\..\\b"),
        *("mlflow-artifacts:/1/a\nb", "mlflow-artifacts:/1/a%00", "s3://b/k?x=../y", "s3://b/../k", "/a/../b"),
        *("runs:/abc/../def", "s3://", "mlflow-artifacts:/", "dummy-source", ".", "../x", "C:\\x", "data:abc"),
        *(
            "models:/",
            "models:/a/b/c",
            "models:/a/",
            "models: /a",
            "models://host/a/1",
            "s3://[b/k",
            "s3://b/" + "k" * 3000,
        ),
        *("http://host/x", "https://host/x", "ftp://host/x", "mlflow-artifacts://host/x", "hdfs://host/x"),
    ],
)
def test_what_leads_up_elsewhere_or_nowhere_is_refused(source: str) -> None:
    with pytest.raises(InvalidParameter):
        parse_source(source)


def test_a_place_lies_below_another_however_both_are_spelled() -> None:
    root = "mlflow-artifacts:/1/run a/artifacts"
    for below in (root, f"{root}/", f"{root}/x", "mlflow-artifacts:///1//run%20a/artifacts/x"):
        assert is_below(below, root)
    for beside in (f"{root}x", "mlflow-artifacts:/1/run a", "s3://1/run a/artifacts/x", "mlflow-artifacts:/1"):
        assert not is_below(beside, root)
    assert is_below("mlflow-artifacts:/1", "mlflow-artifacts:/")
    assert is_below("file:///mnt/x", "/mnt")
    assert not is_below("file://host/mnt/x", "/mnt")
    assert not is_below("s3://other/x", "s3://bucket")
