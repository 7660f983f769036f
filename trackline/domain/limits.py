"""What names and values may look like and how long they may be: MLflow 3.17's bounds, so that what one
server accepts the other does too. Every check raises InvalidParameter and names the parameter.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence

from trackline.domain.entities import Dataset, DatasetInput, Metric, Param, Tag
from trackline.domain.errors import InvalidParameter

MAX_KEY = 250
MAX_PARAM_VALUE = 6000
MAX_TAG_VALUE = 8000
MAX_EXPERIMENT_NAME = 500
MAX_EXPERIMENT_TAG_VALUE = 20_000
MAX_METRICS_PER_BATCH = 1000
MAX_PARAMS_OR_TAGS_PER_BATCH = 100
MAX_ENTITIES_PER_BATCH = 1000
MAX_PAGE = 50_000  # results in one page of a search

_DATASET_LIMITS = {"name": 500, "digest": 36, "source": 65_535, "schema": 1_048_575, "profile": 16_777_215}
_MAX_INPUT_TAG_KEY = 255
_MAX_INPUT_TAG_VALUE = 500

_NAME = re.compile(r"[/\w.\- :]*\n?")
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}")
_NOT_IN_MODEL_NAMES = ("/", ":", ".", "%", '"', "'")


def check_name(name: str, parameter: str) -> None:
    """A metric, param or tag name: readable characters, and a normal relative path where it holds slashes."""
    if _NAME.fullmatch(name) is None:
        raise InvalidParameter(
            f"Invalid value \"{name}\" for parameter '{parameter}' supplied: Names may only contain alphanumerics, "
            "underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)."
        )
    check_path(name, parameter)


def check_path(name: str, parameter: str) -> None:
    """As a path, the name means itself."""
    path = posixpath.normpath(name)
    if path != name or path == "." or path.startswith(("..", "/")):
        raise InvalidParameter(
            f"Invalid value \"{name}\" for parameter '{parameter}' supplied: Names may be treated as files in "
            "certain cases, and must not resolve to other names when treated as such. "
            f"This name would resolve to '{path}'"
        )


def check_length(text: str, limit: int, what: str) -> None:
    if len(text) > limit:
        raise InvalidParameter(f"'{what}' exceeds the maximum length of {limit} characters")


def checked_metrics(metrics: Sequence[Metric]) -> Sequence[Metric]:
    """The same metrics; a name that stands in many points is looked at once."""
    single = len(metrics) == 1
    seen: set[str] = set()
    for index, metric in enumerate(metrics):
        if metric.key not in seen:
            seen.add(metric.key)
            check_name(metric.key, "name" if single else f"metrics[{index}].name")
            check_length(metric.key, MAX_KEY, "Metric name")
        if metric.timestamp < 0:
            raise InvalidParameter(
                f"Invalid value {metric.timestamp} for parameter "
                f"'{'timestamp' if single else f'metrics[{index}].timestamp'}' supplied: metric '{metric.key}' "
                f"(value={metric.value}). Timestamp must be a nonnegative long (64-bit integer) "
            )
    return metrics


def checked_param(param: Param, path: str = "") -> Param:
    """The param as it is to be stored: over-long values are cut, as MLflow's server does."""
    check_name(param.key, f"{path}key")
    check_length(param.key, MAX_KEY, "Param key")
    return param if len(param.value) <= MAX_PARAM_VALUE else Param(param.key, param.value[:MAX_PARAM_VALUE])


def checked_params(params: Sequence[Param]) -> list[Param]:
    keys = [param.key for param in params]
    if len(set(keys)) < len(keys):
        doubled = sorted({key for key in keys if keys.count(key) > 1})
        raise InvalidParameter(
            f"Duplicate parameter keys have been submitted: {doubled}. Please ensure the request contains only "
            "one param value per param key."
        )
    return [checked_param(param, f"params[{index}].") for index, param in enumerate(params)]


def checked_tag(tag: Tag, path: str = "") -> Tag:
    """The tag as it is to be stored: over-long values are cut, as MLflow's server does."""
    check_name(tag.key, f"{path}key")
    check_length(tag.key, MAX_KEY, f"{path}key")
    return tag if len(tag.value) <= MAX_TAG_VALUE else Tag(tag.key, tag.value[:MAX_TAG_VALUE])


def checked_tags(tags: Iterable[Tag]) -> list[Tag]:
    return [checked_tag(tag, f"tags[{index}].") for index, tag in enumerate(tags)]


def check_batch(metrics: int, params: int, tags: int) -> None:
    """How much one log-batch request may carry."""
    together = metrics + params + tags
    for what, limit, given in (
        ("metrics", MAX_METRICS_PER_BATCH, metrics),
        ("params", MAX_PARAMS_OR_TAGS_PER_BATCH, params),
        ("tags", MAX_PARAMS_OR_TAGS_PER_BATCH, tags),
        ("metrics, params, and tags", MAX_ENTITIES_PER_BATCH, together),
    ):
        if given > limit:
            raise InvalidParameter(
                f"A batch logging request can contain at most {limit} {what}. Got {given} {what}. Please split up "
                f"{what} across multiple requests and try again."
            )


def check_page_size(most: int, limit: int = MAX_PAGE) -> None:
    if most <= 0:
        raise InvalidParameter(
            f"Invalid value {most} for parameter 'max_results' supplied. It must be a positive integer"
        )
    if most > limit:
        raise InvalidParameter(f"Invalid value {most} for parameter 'max_results' supplied. It must be at most {limit}")


def check_run_id(run_id: str) -> None:
    if _RUN_ID.fullmatch(run_id) is None:
        raise InvalidParameter(f"Invalid value \"{run_id}\" for parameter 'run_id' supplied.")


def check_experiment_name(name: str) -> None:
    if not name:
        raise InvalidParameter(f"Invalid experiment name: '{name}'")
    check_length(name, MAX_EXPERIMENT_NAME, "name")


def check_experiment_tag(tag: Tag) -> None:
    check_name(tag.key, "key")
    check_length(tag.key, MAX_KEY, "key")
    check_length(tag.value, MAX_EXPERIMENT_TAG_VALUE, "value")


def experiment_number(experiment_id: str) -> int:
    """The experiment id as the number it stands for."""
    try:
        number = int(experiment_id)
    except ValueError:
        number = None
    if number is None or not -(2**63) <= number < 2**63:
        raise InvalidParameter(
            f"Invalid experiment ID '{experiment_id}'. Experiment ID must be a valid integer."
        ) from None
    return number


def check_dataset_input(given: DatasetInput) -> None:
    dataset: Dataset = given.dataset
    for field, limit in _DATASET_LIMITS.items():
        check_length(getattr(dataset, field) or "", limit, field)
    for tag in given.tags:
        check_length(tag.key, _MAX_INPUT_TAG_KEY, "key")
        check_length(tag.value, _MAX_INPUT_TAG_VALUE, "value")


def check_logged_model_name(name: str) -> None:
    if not name or any(character in name for character in _NOT_IN_MODEL_NAMES):
        raise InvalidParameter(
            f"Invalid model name ({name!r}) provided. Model name must be a non-empty string and cannot contain the "
            f"following characters: {_NOT_IN_MODEL_NAMES}"
        )
