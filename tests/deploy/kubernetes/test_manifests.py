"""The Kubernetes files: rendered as kubectl does, valid strictly, and as careful as they promise."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.yaml_files import documents
from tests.servers import ROOT
from tools.tool_environments import environment

FOLDER = ROOT / "deploy" / "kubernetes"
OVERLAYS = sorted(path.name for path in (FOLDER / "overlays").iterdir())
# From the oldest that the validator knows. What 1.20 has is told by the versions of the kinds, below.
VERSIONS = ("1.25", "1.29", "1.33", "1.37")
IN_1_20 = {"v1", "apps/v1", "networking.k8s.io/v1"}
OPERATORS = "monitoring.coreos.com/v1"  # not of Kubernetes: no schema comes with it
RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


@cache
def rendered(overlay: str) -> str:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed; it renders the files")
    done = subprocess.run(
        ["kubectl", "kustomize", str(FOLDER / "overlays" / overlay)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@cache
def objects(overlay: str) -> list[Any]:
    return documents(rendered(overlay))


def pods(overlay: str) -> Iterator[tuple[str, Any]]:
    for one in objects(overlay):
        if "template" in one.get("spec", {}):
            yield one["metadata"]["name"], one["spec"]["template"]["spec"]


def containers(overlay: str) -> Iterator[tuple[str, Any]]:
    for name, pod in pods(overlay):
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            yield f"{name}/{container['name']}", container


def validated(folder: Path, text: str, version: str) -> str:
    (folder / "all.yaml").write_text(text)
    done = subprocess.run(
        [environment("kubernetes"), "-m", "kubernetes_validate", "-k", version, "--strict", str(folder / "all.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_valid_strictly(tmp_path: Path, overlay: str, version: str) -> None:
    said = validated(tmp_path, rendered(overlay), version)

    warnings = [line for line in said.splitlines() if line.startswith("WARN") and OPERATORS not in line]
    assert warnings == []
    assert said.count(" passed for ") == sum(one["apiVersion"] != OPERATORS for one in objects(overlay))


def test_the_trial_has_nothing_that_came_after_kubernetes_1_20() -> None:
    assert {one["apiVersion"] for one in objects("trial")} <= IN_1_20


def test_new_secrets_are_valid_and_all_that_the_trial_asks_for(tmp_path: Path) -> None:
    made = [
        subprocess.run(["sh", FOLDER / "secrets.sh"], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    secrets = {one["metadata"]["name"] for one in documents(made[0]) if one["kind"] == "Secret"}
    asked = {
        volume["secret"]["secretName"] for _, pod in pods("trial") for volume in pod["volumes"] if "secret" in volume
    }

    validated(tmp_path, made[0], VERSIONS[-1])
    assert secrets == asked
    assert made[0] != made[1]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_pod_may_do_more_than_its_work(overlay: str) -> None:
    for name, pod in pods(overlay):
        security = pod["securityContext"]
        assert security["runAsNonRoot"] and security["runAsUser"] > 0, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
    for name, container in containers(overlay):
        assert container["securityContext"] == RESTRICTED, name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_images_are_pinned_and_watched(overlay: str) -> None:
    for name, container in containers(overlay):
        tag = container["image"].rpartition(":")[2]
        assert tag != "latest" and tag[0].isdigit(), name
    for name, pod in pods(overlay):
        assert all("readinessProbe" in container for container in pod["containers"]), name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_is_behind_a_rule_of_the_network(overlay: str) -> None:
    rules = [one["spec"]["podSelector"] for one in objects(overlay) if one["kind"] == "NetworkPolicy"]

    assert {} in rules
    for name, _ in pods(overlay):
        assert {"matchLabels": {"app.kubernetes.io/name": name}} in rules, name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_a_container_mounts_is_there(overlay: str) -> None:
    for one in objects(overlay):
        if "template" not in one.get("spec", {}):
            continue
        pod = one["spec"]["template"]["spec"]
        there = {volume["name"] for volume in [*pod.get("volumes", [])]}
        there |= {claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])}
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            assert {mount["name"] for mount in container.get("volumeMounts", [])} <= there
