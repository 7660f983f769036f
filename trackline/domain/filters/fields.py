"""Which fields runs, experiments, logged and registered models have, under which names, and how each may be compared.

The names and the comparisons are MLflow 3.17's, but that it fails on IS NULL for tags of the registry.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from trackline.domain.filters.tokens import Token, cut, shown, wrong
from trackline.domain.filters.tree import Field, Kind, Operator

Operators = tuple[Operator, ...]

NUMBER: Operators = ("=", "!=", "<", "<=", ">", ">=")
TEXT: Operators = ("=", "!=", "LIKE", "ILIKE")
LIST: Operators = ("IN", "NOT IN")
IDENTITY: Operators = ("=", "!=", *LIST)
NULL: Operators = ("IS NULL", "IS NOT NULL")


class Vocabulary(Struct, frozen=True):
    """The language in which one sort of thing is searched.

    `prefixes`: what may stand before the dot. `free`: the kinds whose keys users choose. `fixed`: the kinds
    whose keys are given, with the operators of each. `aliases`: other names of fixed keys.
    `bare_values`: whether a text may stand without quotes. `whole_numbers`: whether attributes take no fractions.
    `quoted_numbers`: whether numbers may stand in quotes.
    """

    prefixes: Mapping[str, Kind]
    free: Mapping[Kind, Operators]
    fixed: Mapping[Kind, Mapping[str, Operators]]
    aliases: Mapping[str, str] = {}
    bare_values: bool = False
    whole_numbers: bool = False
    quoted_numbers: bool = False

    def field(self, token: Token, text: str) -> Field:
        """The field that `token` names; `text` is what the token was cut from. Raises InvalidParameter."""
        kind, key = self._named(token, text)
        if kind in self.free:
            return Field(kind, key)
        keys = self.fixed[kind]
        found = self.aliases.get(key, key)
        if found not in keys:
            valid = ", ".join(f"'{name}'" for name in keys)
            sentence = f"Invalid {kind} key {shown(key)} specified. Valid keys are {valid}"
            raise wrong(text, token.start, sentence)
        return Field(kind, found)

    def operators(self, field: Field) -> Operators:
        return self.free[field.kind] if field.kind in self.free else self.fixed[field.kind][field.key]

    def is_number(self, field: Field) -> bool:
        return "<" in self.operators(field)

    def refusal(self, field: Field, operator: str) -> str:
        """What to say where `operator` may not follow `field`."""
        nullable = [f"{kind}s" for kind, operators in self.free.items() if operator in operators]
        if operator in NULL and nullable:
            kinds = " and ".join(nullable)
            return f"IS NULL / IS NOT NULL is only supported for {kinds}, not for {field.kind} {shown(field.key)}"
        if operator in LIST and field.kind == "attribute" and not self.is_number(field):
            keys = [key for key, given in self.fixed["attribute"].items() if LIST[0] in given]
            return f"Only {keys} attributes support comparison with a list of quoted string values"
        valid = ", ".join(self.operators(field))
        return f"Invalid comparator {shown(operator)} for {field.kind} {shown(field.key)}, not one of {valid}"

    def _named(self, token: Token, text: str) -> tuple[Kind, str]:
        if token.kind == "name":
            kind = self.prefixes.get(token.prefix)
            if kind is None:
                valid = list(dict.fromkeys(self.prefixes.values()))
                sentence = f"Invalid entity type '{cut(token.prefix)}'. Valid values are {valid}"
                raise wrong(text, token.start, sentence)
            return kind, token.value
        if token.kind in {"word", "ticked"} or token.text.startswith('"'):
            return "attribute", token.value
        sentence = f"Invalid clause: expected a field such as metrics.loss, found {shown(token.text)}"
        raise wrong(text, token.start, sentence)


_METRICS: dict[str, Kind] = {"metric": "metric", "metrics": "metric"}
_PARAMETERS: dict[str, Kind] = dict.fromkeys(("parameter", "parameters", "param", "params"), "parameter")
_EXTREMES: dict[str, Kind] = {"min": "minimum", "max": "maximum"}  # our own: the best value of a metric
_TAGS: dict[str, Kind] = {"tag": "tag", "tags": "tag"}
_ATTRIBUTE: dict[str, Kind] = {"attribute": "attribute"}
_ATTRIBUTES: dict[str, Kind] = _ATTRIBUTE | {"attributes": "attribute", "attr": "attribute"}
_DATASETS: dict[str, Kind] = {"dataset": "dataset", "datasets": "dataset"}

RUNS = Vocabulary(
    prefixes=_METRICS | _PARAMETERS | _TAGS | _ATTRIBUTES | {"run": "attribute"} | _DATASETS | _EXTREMES,
    free={"metric": NUMBER, "minimum": NUMBER, "maximum": NUMBER, "parameter": TEXT + NULL, "tag": TEXT + NULL},
    fixed={
        "attribute": {
            "run_id": TEXT + LIST,
            "run_name": TEXT,
            "user_id": TEXT,
            "status": TEXT,
            "artifact_uri": TEXT,
            "start_time": NUMBER,
            "end_time": NUMBER,
        },
        "dataset": dict.fromkeys(("name", "digest", "context"), TEXT + LIST),
    },
    aliases={
        "created": "start_time",
        "Created": "start_time",
        "run name": "run_name",
        "Run name": "run_name",
        "Run Name": "run_name",
    },
)

EXPERIMENTS = Vocabulary(
    prefixes=_ATTRIBUTE | _TAGS,
    free={"tag": TEXT + NULL},
    fixed={
        "attribute": {
            "name": TEXT,
            "experiment_id": IDENTITY,
            "creation_time": NUMBER,
            "last_update_time": NUMBER,
        }
    },
    whole_numbers=True,
)

LOGGED_MODELS = Vocabulary(
    prefixes=_METRICS | _PARAMETERS | _TAGS | _ATTRIBUTES,
    free={"metric": NUMBER, "parameter": TEXT + LIST, "tag": TEXT + LIST},
    fixed={
        "attribute": {
            "name": TEXT + LIST,
            "model_id": TEXT + LIST,
            "model_type": TEXT + LIST,
            "status": IDENTITY,
            "status_message": TEXT + LIST,
            "source_run_id": TEXT + LIST,
            "experiment_id": IDENTITY,
            "creation_timestamp": NUMBER,
            "last_updated_timestamp": NUMBER,
        }
    },
    aliases={
        "creation_time": "creation_timestamp",
        "creation_timestamp_ms": "creation_timestamp",
        "last_updated_timestamp_ms": "last_updated_timestamp",
    },
    bare_values=True,
)

_TIMES: dict[str, Operators] = {"creation_timestamp": NUMBER, "last_updated_timestamp": NUMBER}

REGISTERED_MODELS = Vocabulary(
    prefixes=_ATTRIBUTE | _TAGS,
    free={"tag": TEXT + NULL},
    fixed={"attribute": {"name": TEXT + LIST, **_TIMES}},
    aliases={"timestamp": "last_updated_timestamp"},
    whole_numbers=True,
)

MODEL_VERSIONS = Vocabulary(
    prefixes=_ATTRIBUTE | _TAGS,
    free={"tag": TEXT + NULL},
    fixed={
        "attribute": {
            "name": TEXT + LIST,
            "version_number": NUMBER,
            "run_id": TEXT + LIST,
            "source_path": TEXT,
            **_TIMES,
        }
    },
    whole_numbers=True,
    quoted_numbers=True,
)
