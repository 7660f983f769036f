"""The rows of the model registry."""

from __future__ import annotations

from bench import payloads
from bench.lab import Lab
from bench.peers import Peer
from bench.rows import Goal, Row, check, read
from bench.stage import TEAMS

WITHOUT = {"FastTrackML": "it has no model registry"}
CALLS_PER_SECOND = 20  # of the official client: so many are made in a round, for each second that one should take


def register(lab: Lab, peer: Peer) -> float:
    return _official_client_ms(lab, peer, "register")


def change_stage(lab: Lab, peer: Peer) -> float:
    return _official_client_ms(lab, peer, "change_stage")


def search(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    requests = [payloads.models_of_team(number) for number in range(TEAMS)]
    each = stage.registered_models // TEAMS
    outcome = read(stage, *requests)
    check(outcome, "registered_models", each)
    return outcome.p50_ms


def _official_client_ms(lab: Lab, peer: Peer, job: str) -> float:
    server = lab.stage(peer).server
    return lab.official_client_ms(server, job, calls=round(CALLS_PER_SECOND * lab.scale.seconds))


ROWS = (
    Row(
        "register",
        "registering a model, official client",
        "ms",
        "lower",
        "`create_registered_model` and `create_model_version` of the stock client, together: a new name and its first "
        "version, from files of a run.",
        register,
        Goal(over={"MLflow": 5}),
        without=WITHOUT,
    ),
    Row(
        "change-stage",
        "changing a stage, official client",
        "ms",
        "lower",
        "`transition_model_version_stage` of the stock client, from Staging to Production and back.",
        change_stage,
        Goal(over={"MLflow": 5}),
        without=WITHOUT,
    ),
    Row(
        "search-models",
        "search of 10,000 models by tag, p50",
        "ms",
        "lower",
        "registered-models/search for the value of a tag that one in a hundred models has, in one page (20,000 at the "
        "scale large, 2,000 at the scale quick).",
        search,
        Goal(limit=30),
        without=WITHOUT,
    ),
)
