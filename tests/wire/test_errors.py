from __future__ import annotations

import json

import pytest

from trackline.domain import errors as domain_errors
from trackline.domain.errors import RequestError
from trackline.wire import errors


@pytest.mark.parametrize("kind", RequestError.__subclasses__())
def test_every_refusal_has_a_code_and_a_status_of_the_clients_fault(kind: type[RequestError]) -> None:
    code, status = errors.spelling(kind("why"))
    assert code.isupper()
    assert 400 <= status < 500 or kind is domain_errors.NotServed


def test_clients_recognize_what_is_missing_and_what_is_taken() -> None:
    assert errors.spelling(domain_errors.NotFound("")) == ("RESOURCE_DOES_NOT_EXIST", 404)
    assert errors.spelling(domain_errors.AlreadyExists("")) == ("RESOURCE_ALREADY_EXISTS", 400)
    assert errors.spelling(domain_errors.InvalidParameter("")) == ("INVALID_PARAMETER_VALUE", 400)


def test_a_message_with_any_character_is_valid_json() -> None:
    message = 'quotes " \\ \n \t ü 😀 \x01'
    body = json.loads(errors.error_body("BAD_REQUEST", message))
    assert (body["error_code"], body["message"]) == ("BAD_REQUEST", message)
