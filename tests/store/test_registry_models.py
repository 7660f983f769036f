from __future__ import annotations

import pytest

from tests.databases import NOW_MS
from tests.store.made import make_experiment, make_model, make_registered, make_run, make_version, refused
from trackline.db.transaction import Transaction
from trackline.domain.entities import Registration, Tag
from trackline.domain.errors import AlreadyExists, InvalidParameter, InvalidState, NotFound, RequestError
from trackline.domain.registry import Alias, ModelVersion, RegisteredModel
from trackline.store.experiments import create_experiment, delete_experiment, get_experiment
from trackline.store.logged_models import delete_logged_model, get_logged_model
from trackline.store.registry.aliases import delete_alias, get_version_by_alias, set_alias
from trackline.store.registry.lineage import version_lineage, versions_of_run
from trackline.store.registry.models import (
    NewRegisteredModel,
    create_registered_model,
    delete_registered_model,
    get_latest_versions,
    get_registered_model,
    rename_registered_model,
    update_registered_model,
)
from trackline.store.registry.versions import (
    Transition,
    artifact_uri_of_version,
    delete_model_version,
    get_model_version,
    location_of_version,
    transition_stage,
)
from trackline.store.runs import delete_run, read_info

PROMPT = [Tag("mlflow.prompt.is_prompt", "true")]
RUN = "mlflow-artifacts:/1/run-1/artifacts"


@pytest.fixture
def tx(store_tx: Transaction) -> Transaction:
    """A run, `run-1`, and a logged model, `m-1`, of experiment 1; a registered model, `m`."""
    make_experiment(store_tx, "experiment 1")
    make_run(store_tx, "1")
    make_model(store_tx, "1")
    make_registered(store_tx, "m")
    return store_tx


def test_a_new_model_is_what_was_said_of_it(tx: Transaction) -> None:
    new = NewRegisteredModel("new", "good", [Tag("b", "1"), Tag("a", ""), Tag("b", "2")])
    created = create_registered_model(tx, new, "ann")
    assert created == RegisteredModel("new", NOW_MS, NOW_MS, "good", [], [Tag("a", ""), Tag("b", "2")])
    assert get_registered_model(tx, "new") == created


def test_a_name_is_taken_once_by_a_model_or_a_prompt(tx: Transaction) -> None:
    make_registered(tx, "p", PROMPT)
    for name, tags, reason in (
        ("m", [], r"Registered Model \(name=m\) already exists"),
        ("p", PROMPT, r"Prompt \(name=p\) already exists"),
        ("p", [], "Tried to create a registered model with name 'p', but the name is already taken by a prompt"),
        ("m", PROMPT, "Tried to create a prompt with name 'm', but the name is already taken by a registered model"),
    ):
        with refused(tx, AlreadyExists, reason):
            make_registered(tx, name, tags)
    with refused(tx, AlreadyExists, r"Registered Model \(name=p\) already exists"):
        rename_registered_model(tx, "m", "p", "ann")


def test_versions_are_counted_and_no_number_is_given_twice(tx: Transaction) -> None:
    assert [make_version(tx, "m").version for _ in range(3)] == ["1", "2", "3"]
    delete_model_version(tx, "m", 3, "ann")
    with refused(tx, InvalidParameter, "Invalid model version source"):
        make_version(tx, "m", source="mlflow-artifacts:/../etc")
    assert make_version(tx, "m").version == "4"
    delete_registered_model(tx, "m", "ann")
    make_registered(tx, "m")
    assert make_version(tx, "m").version == "1"


def test_a_new_version_is_what_was_said_of_it(tx: Transaction) -> None:
    created = make_version(tx, "m", "run-1", source=f"{RUN}/model")
    assert created == ModelVersion(
        "m", "1", NOW_MS, NOW_MS, "None", f"{RUN}/model", "run-1", "", "READY", description=""
    )
    assert get_model_version(tx, "m", 1) == created


def test_a_renamed_model_keeps_all_that_it_has(tx: Transaction) -> None:
    make_version(tx, "m")
    set_alias(tx, "m", "x", 1, "ann")
    tx.now_ms += 5
    renamed = rename_registered_model(tx, "m", "n", "ann")
    assert (renamed.name, renamed.aliases, renamed.last_updated_timestamp) == ("n", [Alias("x", "1")], NOW_MS + 5)
    assert get_model_version(tx, "n", 1).last_updated_timestamp == NOW_MS + 5
    assert rename_registered_model(tx, "n", "n", "ann").name == "n"


def test_a_description_can_be_replaced_and_removed(tx: Transaction) -> None:
    assert update_registered_model(tx, "m", "good", "ann").description == "good"
    assert update_registered_model(tx, "m", "", "ann").description is None


def test_a_version_enters_a_stage_and_others_leave_it_if_asked(tx: Transaction) -> None:
    for _ in range(3):
        make_version(tx, "m")
    for number in (1, 2):
        transition_stage(tx, Transition("m", number, "Production", False), "ann")
    assert get_model_version(tx, "m", 1).current_stage == "Production"
    tx.now_ms += 5
    transition_stage(tx, Transition("m", 3, "Production", True), "ann")
    stages = [get_model_version(tx, "m", number).current_stage for number in (1, 2, 3)]
    assert stages == ["Archived", "Archived", "Production"]
    assert get_registered_model(tx, "m").last_updated_timestamp == NOW_MS + 5


def test_the_latest_version_of_each_stage_is_shown(tx: Transaction) -> None:
    for _ in range(4):
        make_version(tx, "m")
    for number in (1, 2):
        transition_stage(tx, Transition("m", number, "Staging", False), "ann")
    set_alias(tx, "m", "x", 2, "ann")
    latest = [(one.version, one.current_stage, one.aliases) for one in get_latest_versions(tx, "m", ["Staging"])]
    assert latest == [("2", "Staging", ["x"])]
    shown = [(one.version, one.current_stage) for one in get_registered_model(tx, "m").latest_versions]
    assert shown == [("2", "Staging"), ("4", "None")]


def test_an_alias_moves_and_goes_with_its_version(tx: Transaction) -> None:
    for number in (1, 2):
        make_version(tx, "m")
        set_alias(tx, "m", "x", number, "ann")
    assert get_version_by_alias(tx, "m", "x").version == "2"
    assert get_model_version(tx, "m", 1).aliases == []
    assert get_version_by_alias(tx, "m", "Latest").version == "2"
    delete_model_version(tx, "m", 2, "ann")
    with refused(tx, InvalidParameter, "Registered model alias x not found"):
        get_version_by_alias(tx, "m", "x")
    delete_alias(tx, "m", "x", "ann")
    with refused(tx, NotFound, r"Model Version \(name=m, version=2\) not found"):
        set_alias(tx, "m", "x", 2, "ann")


def test_what_belongs_to_a_run_or_model_may_be_registered(tx: Transaction) -> None:
    model = "mlflow-artifacts:/1/models/m-1/artifacts"
    for source, run_id, model_id, location in (
        (f"{RUN}/model", "run-1", "", f"{RUN}/model"),
        ("runs:/run-1/model", "run-1", "", f"{RUN}/model"),
        ("runs:/run-1/model", "", "", f"{RUN}/model"),
        ("models:/m-1", "", "m-1", model),
        ("models:/m-1", "run-1", "", model),
        (f"{model}/sub", "", "m-1", f"{model}/sub"),
        ("mlflow-artifacts:/9/anything", "", "", "mlflow-artifacts:/9/anything"),
    ):
        version = make_version(tx, "m", run_id, model_id, source)
        assert version.source == source
        assert artifact_uri_of_version(tx, "m", int(version.version)) == location


def test_a_place_of_an_experiment_may_be_registered_but_no_other(tx: Transaction) -> None:
    experiment = create_experiment(tx, "elsewhere", "s3://bucket/team", [], "mlflow-artifacts:/")
    make_run(tx, experiment, "run-2")
    make_version(tx, "m", source="s3://bucket/team/model")
    make_version(tx, "m", "run-2", source="s3://bucket/team/run-2/artifacts/model")
    for source in ("s3://bucket/teams/model", "s3://bucket/other", "s3://other/team/model", "gs://bucket/team/x"):
        with refused(tx, InvalidParameter, "Invalid model version source"):
            make_version(tx, "m", source=source)


@pytest.mark.parametrize("root", ["file:///mnt/share", "/mnt/share"])
def test_a_place_on_a_disk_may_be_registered_only_below_its_own_run(tx: Transaction, root: str) -> None:
    make_run(tx, create_experiment(tx, "on disk", root, [], "mlflow-artifacts:/"), "run-2")
    make_version(tx, "m", "run-2", source=f"{root}/run-2/artifacts/model")
    for source, run_id in ((f"{root}/run-2/artifacts/model", ""), (f"{root}/x", "run-2"), ("file:///etc", "run-2")):
        with refused(tx, InvalidParameter, "Invalid model version source"):
            make_version(tx, "m", run_id, source=source)


@pytest.mark.parametrize(
    ("source", "run_id", "model_id"),
    [
        (f"{RUN}x/model", "run-1", ""),
        (f"{RUN}/model", "never", ""),
        (f"{RUN}/model", "", "m-1"),
        ("mlflow-artifacts:/1", "run-1", ""),
        ("runs:/never/model", "never", ""),
        ("runs:/run-1/model", "run-2", ""),
        ("runs:/run-1/model", "", "m-1"),
        ("runs://host/run-1/model", "run-1", ""),
        ("models:/m-1", "", "m-2"),
        ("models:/m-never", "", "m-never"),
        ("file:///etc/passwd", "", ""),
        ("/etc", "run-1", ""),
        ("dummy-source", "", ""),
        ("https://host/model", "run-1", ""),
        ("mlflow-artifacts://host/1/run-1/artifacts", "run-1", ""),
        ("mlflow-artifacts:/1/run-1/artifacts/../../x", "run-1", ""),
    ],
)
def test_other_places_are_refused(tx: Transaction, source: str, run_id: str, model_id: str) -> None:
    with refused(tx, InvalidParameter, "source"):
        make_version(tx, "m", run_id, model_id, source)


def test_a_version_can_be_copied_under_another_name(tx: Transaction) -> None:
    make_version(tx, "m", "run-1", source="runs:/run-1/model")
    set_alias(tx, "m", "x", 1, "ann")
    make_registered(tx, "copy")
    for source in ("models:/m/1", "models:/m@x", "models:/m/none", "models:/m/latest"):
        copied = make_version(tx, "copy", source=source)
        assert (copied.source, copied.run_id) == ("models:/m/1", "run-1")
        assert location_of_version(tx, "copy", int(copied.version)) == "runs:/run-1/model"


def test_what_cannot_be_copied_is_refused(tx: Transaction) -> None:
    make_version(tx, "m", "run-1", source="runs:/run-1/model")
    make_registered(tx, "prompt", PROMPT)
    kinds: tuple[tuple[str, str, type[RequestError], str], ...] = (
        ("models:/m/2", "", NotFound, r"Model Version \(name=m, version=2\) not found"),
        ("models:/never/1", "", NotFound, "Registered Model with name=never not found"),
        ("models:/m@never", "", InvalidParameter, "Registered model alias never not found"),
        ("models:/m/staging", "", NotFound, "No versions of model with name 'm' and stage 'Staging' found"),
        ("models:/m/live", "", InvalidParameter, "Invalid Model Version stage: live"),
        ("models:/m/1", "run-2", InvalidParameter, "must match the referenced model version"),
        ("models:/prompt/1", "", InvalidParameter, "Prompt versions cannot be used"),
    )
    for source, run_id, kind, reason in kinds:
        with refused(tx, kind, reason):
            make_version(tx, "m", run_id, source=source)


def test_a_logged_model_lists_its_registrations(tx: Transaction) -> None:
    make_version(tx, "m", model_id="m-1", source="models:/m-1")
    make_version(tx, "m", model_id="m-1", source="models:/m-1")
    info = get_logged_model(tx, "m-1").info
    assert info.registrations == [Registration("m", "1"), Registration("m", "2")]
    assert info.tags == [Tag("mlflow.modelVersions", '[{"name": "m", "version": 1}, {"name": "m", "version": 2}]')]
    delete_model_version(tx, "m", 1, "ann")
    assert get_logged_model(tx, "m-1").info.registrations == [Registration("m", "2")]


def test_lineage_goes_from_a_version_to_its_run_and_model_and_back(tx: Transaction) -> None:
    made = make_version(tx, "m", "run-1", "m-1", "models:/m-1")
    make_version(tx, "m")
    lineage = version_lineage(tx, "m", 1)
    assert lineage.version == made
    assert lineage.run is not None and lineage.run.info == read_info(tx, "run-1")
    assert lineage.logged_model == get_logged_model(tx, "m-1")
    assert versions_of_run(tx, "run-1") == [made]
    assert version_lineage(tx, "m", 2)[1:] == (None, None)
    delete_logged_model(tx, "m-1", force=True)
    assert version_lineage(tx, "m", 1).logged_model is not None
    with refused(tx, NotFound, "Run with id=never not found"):
        versions_of_run(tx, "never")


def test_a_run_whose_model_is_registered_is_deleted_only_by_force(tx: Transaction) -> None:
    for _ in range(2):
        make_version(tx, "m", "run-1", source=RUN)
    with refused(tx, InvalidState, "are registered: version 1 of 'm' and 1 more. Delete .* POST runs/delete .*force"):
        delete_run(tx, "run-1")
    delete_run(tx, "run-1", force=True)
    assert read_info(tx, "run-1").lifecycle_stage == "deleted"


def test_a_registered_logged_model_is_deleted_only_by_force(tx: Transaction) -> None:
    make_version(tx, "m", model_id="m-1", source="models:/m-1")
    with refused(tx, InvalidState, "Logged model m-1 .* registered: version 1 of 'm'. .*DELETE logged-models/m-1 {"):
        delete_logged_model(tx, "m-1")
    delete_logged_model(tx, "m-1", force=True)
    with refused(tx, NotFound, "Logged model with ID 'm-1' not found"):
        get_logged_model(tx, "m-1")


@pytest.mark.parametrize("of", [{"run_id": "run-1", "source": RUN}, {"model_id": "m-1", "source": "models:/m-1"}])
def test_an_experiment_whose_models_are_registered_is_deleted_only_by_force(
    tx: Transaction, of: dict[str, str]
) -> None:
    make_version(tx, "m", **of)
    with refused(tx, InvalidState, "Experiment 1 .* registered: version 1 of 'm'. .*POST experiments/delete {"):
        delete_experiment(tx, "1")
    delete_experiment(tx, "1", force=True)
    assert get_experiment(tx, "1").lifecycle_stage == "deleted"


def test_what_is_registered_of_other_experiments_keeps_none(tx: Transaction) -> None:
    make_version(tx, "m", "run-1", source=RUN)
    make_version(tx, "m", model_id="m-1", source="models:/m-1")
    delete_experiment(tx, make_experiment(tx, "other"))


def test_a_run_can_be_deleted_once_what_was_registered_of_it_is(tx: Transaction) -> None:
    make_version(tx, "m", "run-1", source=RUN)
    delete_model_version(tx, "m", 1, "ann")
    delete_run(tx, "run-1")
    assert read_info(tx, "run-1").lifecycle_stage == "deleted"
