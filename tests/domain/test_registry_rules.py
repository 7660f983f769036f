from __future__ import annotations

from collections.abc import Callable

import pytest

from trackline.domain.entities import Tag
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import REGISTERED_MODELS, parse_filter
from trackline.domain.registry import (
    canonical_stage,
    check_alias,
    check_model_name,
    check_new_alias,
    check_registry_tag,
    is_prompt,
    moment,
    version_number,
    without_prompts,
)


@pytest.mark.parametrize(
    ("check", "given", "reason"),
    [
        (check_model_name, " ", "Missing value for required parameter 'name'"),
        (check_model_name, "a/b", "Invalid model name 'a/b'"),
        (check_model_name, "a:b", "Invalid model name 'a:b'"),
        (check_model_name, "..", "must not resolve to other names"),
        (check_alias, "", "cannot be empty"),
        (check_alias, "a b", "Invalid alias name: 'a b'"),
        (check_alias, "a\n", "Invalid alias name"),
        (check_alias, "a" * 256, "exceeds the maximum length of 255"),
        (check_new_alias, "LaTest", "'latest' alias name"),
        (check_new_alias, "v12", "Version alias name 'v12' is reserved"),
        (version_number, "x", "Parameter 'version' must be an integer, got 'x'"),
        (version_number, "9" * 30, "must be an integer"),
        (canonical_stage, "Live", "Value must be one of None, Staging, Production, Archived"),
        (moment, "yesterday", "Invalid value 'yesterday' for parameter 'time'"),
        (moment, "9999-12-31", "for parameter 'time'"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_the_rule(check: Callable[[str], object], given: str, reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        check(given)


def test_names_may_hold_nearly_anything() -> None:
    for name in ("my model", "50%", "a@b?#", "模型", "x" * 300):
        check_model_name(name)
    for alias in ("champion", "1", "v1a", "-", "ä"):
        check_new_alias(alias)
    assert (canonical_stage("pRODUCTION"), version_number("007")) == ("Production", 7)


def test_texts_of_prompts_may_be_long_but_not_endless() -> None:
    check_registry_tag(Tag("mlflow.prompt.text", "x" * 100_000))
    with pytest.raises(InvalidParameter, match="Prompt text exceeds max length of 100000 characters"):
        check_registry_tag(Tag("mlflow.prompt.text", "x" * 100_001))
    with pytest.raises(InvalidParameter, match="'value' exceeds the maximum length of 100000 characters"):
        check_registry_tag(Tag("k", "x" * 100_001))


def test_the_last_tag_says_whether_it_is_a_prompt() -> None:
    key = "mlflow.prompt.is_prompt"
    assert is_prompt([Tag(key, "false"), Tag(key, "True")])
    assert not is_prompt([Tag(key, "true"), Tag(key, "false")])
    assert not is_prompt([])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", "NOT tags.`mlflow.prompt.is_prompt` = 'true'"),
        ("name = 'a'", "name = 'a' AND NOT tags.`mlflow.prompt.is_prompt` = 'true'"),
        ("tags.`mlflow.prompt.is_prompt` = 'true'", "tags.`mlflow.prompt.is_prompt` = 'true'"),
        ("tags.`mlflow.prompt.is_prompt` != 'false'", "tags.`mlflow.prompt.is_prompt` = 'true'"),
        ("tags.`mlflow.prompt.is_prompt` != 'true'", "NOT tags.`mlflow.prompt.is_prompt` = 'true'"),
        (
            "name = 'a' AND tags.`mlflow.prompt.is_prompt` = 'false'",
            "name = 'a' AND NOT tags.`mlflow.prompt.is_prompt` = 'true'",
        ),
    ],
)
def test_searches_pass_over_prompts_unless_they_ask_for_them(text: str, meant: str) -> None:
    assert without_prompts(parse_filter(text, REGISTERED_MODELS)) == parse_filter(meant, REGISTERED_MODELS)


def test_a_moment_is_milliseconds_a_time_or_the_end_of_a_day() -> None:
    assert moment("1700000000000") == 1_700_000_000_000
    assert moment("1970-01-01T00:00:01.5Z") == 1500
    assert moment("1970-01-01T01:00:01+01:00") == 1000
    assert moment("1970-01-01T00:00:02") == 2000
    assert moment("1970-01-01") == 24 * 60 * 60 * 1000 - 1
