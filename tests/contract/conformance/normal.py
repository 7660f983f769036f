"""Makes two servers' answers comparable: what each may choose (ids, clock, tokens) becomes a label.

Equal values get equal labels, numbered in the order in which they first appear, so relations stay visible.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import Any

RUN = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
MODEL = re.compile(r"\bm-[0-9a-f]{32}\b")
WEBHOOK = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
# An experiment's id in running text: behind these words, or as the first part of a path to artifacts.
EXPERIMENT = re.compile(r"(?i)(\bid[ =]'?|experiment |mlflow-artifacts:/|\b(?=\d+/(?:[0-9a-f]{32}|models)/))(\d+)")
EXPERIMENT_IN_FILTER = re.compile(r"(')(\d+)(?=')")
QUOTED = re.compile(r'(\w+)="([^" ]*)"')
GENERATED = re.compile(r"[a-z]+-[a-z]+-\d{1,3}")
CLOCK = {
    *("creation_time", "last_update_time", "creation_timestamp_ms", "last_updated_timestamp_ms"),
    *("creation_timestamp", "last_updated_timestamp"),
}
EXPERIMENT_FIELDS = {"experiment_id", "experiment_ids", "experimentId", "experimentIds"}
# The protocol promises no order for these.
UNORDERED = {"params", "tags", "dataset_inputs", "model_inputs", "model_outputs", "dataset_summaries"}
LONG = 300


class Names:
    """The labels of one conversation."""

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce
        self._labels: dict[str, dict[str, str]] = {}

    def label(self, kind: str, value: str) -> str:
        labels = self._labels.setdefault(kind, {})
        return labels.setdefault(value, f"<{kind} {len(labels) + 1}>")

    def experiment(self, value: str) -> str:
        self.label("experiment", value)
        return value

    def experiment_label(self, value: str) -> str:
        """Only ids this conversation has made are labelled; "0" and ids that do not exist are facts."""
        return self._labels.get("experiment", {}).get(value, value)

    def text(self, value: str) -> str:
        value = value.replace(self._nonce, "nonce")
        pattern = EXPERIMENT_IN_FILTER if "experiment_id" in value else EXPERIMENT
        value = pattern.sub(lambda found: found[1] + self.experiment_label(found[2]), value)
        value = MODEL.sub(lambda found: self.label("model", found[0]), value)
        value = WEBHOOK.sub(lambda found: self.label("webhook", found[0]), value)
        return RUN.sub(lambda found: self.label("run", found[0]), value)


def normal(value: Any, names: Names, field: str = "") -> Any:
    """The comparable form of a request's or an answer's JSON. Fields and types stay as they are."""
    if isinstance(value, dict):
        return {key: normal(value[key], names, _path(field, key)) for key in sorted(value)}
    if isinstance(value, list | tuple):
        if not _unordered(field):
            return [normal(item, names, field) for item in value]
        first = sorted(value, key=lambda item: json.dumps(item.get("key") if isinstance(item, dict) else ""))
        return sorted((normal(item, names, field) for item in first), key=json.dumps)
    if isinstance(value, str):
        return _string(value, names, field.rpartition(".")[2])
    if isinstance(value, int) and field.rpartition(".")[2] in CLOCK:
        return "<now>"
    if isinstance(value, float) and math.isnan(value):
        return "<NaN without quotes>"
    return value


def unquoted(header: str | None) -> str | None:
    """A header without the quotes that RFC 9110 lets a sender choose: filename=a and filename="a" are the same."""
    return QUOTED.sub(r"\1=\2", header) if header else header


def _string(value: str, names: Names, field: str) -> str:
    if field in EXPERIMENT_FIELDS:
        return names.experiment_label(value)
    if "page_token" in field and value not in ("", "no token"):
        return "<token>"
    if GENERATED.fullmatch(value):
        return "<generated name>"
    text = names.text(value)
    if len(text) > LONG:
        return f"<{len(value)} characters, {hashlib.sha256(text.encode()).hexdigest()[:8]}>"
    return text


def _path(field: str, key: str) -> str:
    return f"{field.rpartition('.')[2]}.{key}"


def _unordered(field: str) -> bool:
    return field.rpartition(".")[2] in UNORDERED or field == "data.metrics"
