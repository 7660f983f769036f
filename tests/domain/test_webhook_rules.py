from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackline.domain.errors import InvalidParameter
from trackline.domain.events import EXAMPLES, Event, event_named, known_event
from trackline.domain.webhooks import (
    FIRST_DELAY_MS,
    LONGEST_DELAY_MS,
    check_webhook_name,
    delay_ms,
    delivery_id,
    host_of,
    is_public,
    signature,
)


def test_the_signature_is_the_one_that_mlflow_was_heard_to_send() -> None:
    body = (
        b'{"entity": "registered_model", "action": "created", "timestamp": "2026-11-24T10:10:29.474202+00:00", '
        b'"data": {"name": "m", "tags": {"a": "b"}, "description": ""}}'
    )
    said = signature("s3cret", "2e3dd4ef-a7df-4822-a1fc-ffb09c589937", "1795515029", body)
    assert said == "v1,h0XWyYamTIcaasWC314wNn/APQIKeyHryEhWIvneAXk="


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_retries_wait_between_one_second_and_five_minutes(failures: int, chance: float) -> None:
    wait = delay_ms(failures, chance)
    assert FIRST_DELAY_MS <= wait <= LONGEST_DELAY_MS
    assert wait <= delay_ms(failures, 0.0) <= 2 * wait
    assert delay_ms(failures, chance) <= delay_ms(failures + 1, chance)


@pytest.mark.parametrize("address", ["1.1.1.1", "192.88.99.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.31.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::", "::1", "fe80::1%eth0", "fd00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "2002:a00:1::", "64:ff9b::a9fe:a9fe", "2001:db8::1"),
    ],
)
def test_other_addresses_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("url", ["https://a/", "HTTPS://a", "https://a:8443/b?c=d#e", "https://u:p@a/", "https://a"])
def test_an_address_has_a_host(url: str) -> None:
    assert host_of(url, ["https"]) == "a"


@given(st.text(max_size=40) | st.text(max_size=40).map("https://".__add__))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        host_of(text, ["https"])
    except InvalidParameter:
        return


@given(st.from_regex(r"\A[A-Za-z0-9._\-]{1,70}\Z"))
def test_names_begin_and_end_with_a_letter_or_digit(name: str) -> None:
    right = len(name) <= 63 and name[0].isalnum() and name[-1].isalnum()
    try:
        check_webhook_name(name)
    except InvalidParameter:
        assert not right
    else:
        assert right


def test_events_are_known_by_name_and_by_mlflows_numbers() -> None:
    assert [event_named(event.name) for event in EXAMPLES] == list(EXAMPLES)
    assert [known_event(event.entity, event.action) for event in EXAMPLES] == list(EXAMPLES)
    assert known_event(4, 3) == Event("MODEL_VERSION_ALIAS", "DELETED")


def test_a_delivery_has_one_id_for_ever() -> None:
    hook = str(uuid.uuid4())
    assert delivery_id(hook, 1) == delivery_id(hook, 1)
    assert len({delivery_id(hook, number) for number in range(100)}) == 100
