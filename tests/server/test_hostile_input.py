"""Whatever is sent: a 4xx in MLflow's form, or an answer where it was legal after all, and the server lives on."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import psutil
import pytest

from tests.databases import Engine
from tests.server.talk import API, Answer, client_of, connected, error_of, received, request, said_to
from tests.servers import Server, running_server
from tests.wire.shapes import full
from trackline.server.endpoints import Call
from trackline.server.routes import CALLS
from trackline.wire.responses import PACKED

MIB = 1024 * 1024
MOST_MEMORY = 600 * MIB  # resident, of a process that needs 100 and was sent a body of 32 MiB, several at once
DEEP = 100_000

BODIES = [
    *(b"", b" ", b"{}", b"null", b"true", b"5", b"-1e400", b"[]", b"[{}]", b'""', b'"{}"', b'"[]"', b'"\\"\\""'),
    *(b"{", b"}", b"[", b'"', b'{"', b'{"a"', b'{"a":', b'{"a":1,}', b"{,}", b"{} {}", b"nul", b"NaN", b"{'a': 1}"),
    *(b"\x00", b"\xff", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b'{"\xff": 1}', b'{"\\u0000": 1}', b'{"\\ud800": 1}'),
    *(b"a=b&c=d", b"<xml/>", b"--x\r\nContent-Disposition: form-data\r\n\r\n", b"%7B%7D", b"\r\n" * 1000),
    *(
        b"[" * DEEP,
        b'{"a":' * DEEP,
        b"[" * DEEP + b"]" * DEEP,
        b'{"a":' * DEEP + b"1" + b"}" * DEEP,
        b'"' + b"[" * DEEP,
    ),
    b'{"a": ' + b"9" * DEEP + b"}",
    b'{"' + b"a" * MIB + b'": 1}',
    b"{" + b",".join(b'"%d": %d' % (n, n) for n in range(DEEP)) + b"}",
]
VALUES = [
    *("null", "true", "false", "0", "-1", "1.5", "1e400", "-1e400", "1e-400", "-0.0", str(2**63), str(-(2**63) - 1)),
    *(str(2**70), "9" * 5000, '""', '" "', '"x"', '"-1"', '"1e400"', '"NaN"', '"-Infinity"', '"9999999999999999999"'),
    *("[]", "{}", "[[]]", "[{}]", "[null]", '[""]', "[0]", '["x"]', '{"key": "k"}', '[{"key": 1, "value": []}]'),
    *(r'"\u0000"', r'"a\u0000b"', r'"\ud800"', r'"\udc00\ud800"', r'"\uffff"', '"\u202e\u0301"', '"\U0001f600"'),
    *('"../../etc/passwd"', '"a//b"', '"%00"', '"%s%n"', '"\'; DROP TABLE runs; --"', '"<script>"', '"runs:/x"'),
    *('"http://[::1"', '"file:///etc/passwd"', '"mlflow-artifacts://host/x"', '"s3://b/../c"', '"\\\\\\\\host\\\\x"'),
    *(
        '"metrics.m > \'"',
        "\"metrics.`m` >= 'NaN'\"",
        "\"params.p LIKE '%' AND\"",
        '"' + "(" * 5000 + '"',
        '"a = 1 AND "',
    ),
    *(
        '"' + "metrics.m > 0 AND " * 3000 + 'metrics.m > 0"',
        '"tags.t IN (' + "'x'," * 3000 + "'x')\"",
        '"e30="',
        '"eyJh"',
    ),
    "[" * DEEP + "]" * DEEP,
    '{"a":' * DEEP + "1" + "}" * DEEP,
    '"' + "[" * DEEP + '"',
    json.dumps('{"run_id": 1, "artifact_path": 1, "utc_time_created": 1, "flavors": ' + "[" * DEEP),
    *(
        json.dumps('{"run_id": 1, "artifact_path": 1, "utc_time_created": 1, "flavors": ' + "[" * n + "]" * n + "}")
        for n in (100, *range(900, 1000, 5))
    ),
    "[" + ",".join(["1"] * 2000) + "]",
    "[" + ",".join(['"x"'] * 2000) + "]",
    "[" + ",".join(["{}"] * 2000) + "]",
    "[" + ",".join(['{"key": "k", "value": "v"}'] * 2000) + "]",
    '"' + "x" * 100_000 + '"',
    '"' + "a/" * 50_000 + '"',
]


@pytest.fixture(scope="module")
def server(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for these tests alone; that its log shows no traceback is checked when it ends."""
    folder = tmp_path_factory.mktemp("hostile")
    with engine.uri() as uri, running_server(folder, f"--backend-store-uri={uri}") as server:
        yield server
        assert " ERROR " not in server.output
        assert psutil.Process(server.pid).memory_info().rss < MOST_MEMORY


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    with client_of(server) as client:
        yield client


@pytest.fixture
def there(http: httpx.Client, server: Server) -> Iterator[dict[str, str]]:
    """An experiment, a run and a model that requests can really be about."""
    number = len(
        http.post(f"{API}/experiments/search", json={"max_results": 5000, "view_type": "ALL"}).json()["experiments"]
    )
    experiment = http.post(f"{API}/experiments/create", json={"name": f"there {number}"}).json()["experiment_id"]
    run = http.post(f"{API}/runs/create", json={"experiment_id": experiment}).json()["run"]["info"]["run_id"]
    model = http.post(f"{API}/logged-models", json={"experiment_id": experiment, "name": "m"}).json()["model"]
    yield {"experiment_id": experiment, "run_id": run, "model_id": model["info"]["model_id"]}
    assert http.get("/health").status_code == 200


def named(calls: list[Call]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("call", calls, ids=[f"{call.method} {call.path}" for call in calls])


WITH_BODY = [call for call in CALLS if call.method in ("POST", "PATCH")]
WITHOUT_BODY = [call for call in CALLS if call.method not in ("POST", "PATCH")]


@named(WITH_BODY)
def test_a_hostile_body_is_refused_or_read(http: httpx.Client, there: dict[str, str], call: Call) -> None:
    for body in BODIES:
        assert_orderly(sent(http, call, path_of(call, there), body), body)


@named(WITH_BODY)
def test_a_hostile_value_in_any_field_is_refused_or_taken(
    http: httpx.Client, there: dict[str, str], call: Call
) -> None:
    valid = valid_request(call, there)
    for name, spelled in hostile_fields(valid):
        assert_orderly(sent(http, call, path_of(call, there), spelled), (name, spelled))


@named(WITHOUT_BODY)
def test_a_hostile_query_is_refused_or_answered(server: Server, there: dict[str, str], call: Call) -> None:
    valid = valid_request(call, there)
    path = path_of(call, there)
    queries = [f"{name}={quote(value[:10_000].encode())}" for name in valid for value in VALUES]
    queries += ["", "=", "&&&", "%", "%zz=%", "a[b]=c", "run_id&run_id", "\x01", "%00=%00", "%ff=%ff", "a=" * 10_000]
    rest = {name: value for name, value in valid.items() if isinstance(value, str)}
    for query in queries:
        others = "&".join(f"{name}={value}" for name, value in rest.items() if not query.startswith(name))
        for whole in (query, f"{query}&{others}"):
            (answer,) = said_to(server, request(call.method, f"{path}?{whole}"))
            assert_orderly(answer, whole)


@named([call for call in CALLS if "{" in call.path])
def test_a_hostile_path_is_refused_or_not_found(server: Server, there: dict[str, str], call: Call) -> None:
    body = json.dumps(valid_request(call, there)).encode()
    for segment in (
        "%00",
        "%FF",
        "%ED%A0%80",
        "..",
        "%2e%2e",
        "%2F",
        "%",
        "%zz",
        "x" * 10_000,
        "a;b",
        "*",
        "'",
        "%F0%9F",
    ):
        path = call.api[0] + call.path.replace("{model_id}", segment).replace("{tag_key}", segment)
        (answer,) = said_to(server, request(call.method, path, body))
        assert 400 <= answer.status < 500 or b"is not supported for the current" in answer.body
        error_of(answer.body)


@named(WITH_BODY)
def test_a_body_that_ends_too_early_or_late_does_no_harm(server: Server, there: dict[str, str], call: Call) -> None:
    path = path_of(call, there)
    body = json.dumps(valid_request(call, there)).encode()
    for cut in (0, 1, len(body) // 2, len(body) - 1):
        for answer in said_to(
            server, request(call.method, path, body[:cut], content_length=str(len(body))), hang_up=True
        ):
            assert_orderly(answer, body[:cut])
    garbage = body + b"\x00\xff garbage after the end"
    answers = said_to(server, request(call.method, path, garbage, content_length=str(len(body)), connection=""))
    assert_orderly(answers[-1], garbage)


HEAD = b"POST /api/2.0/mlflow/runs/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"\x00" * 1000,
        b"\xff\xfe\xfd",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n: empty name\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\x00b\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 99999999999999999999\r\n\r\n{}",
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: x\r\n\r\n{}",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}garbage",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}",
        HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_mlflows_form(server: Server, bytes_sent: bytes) -> None:
    (answer,) = said_to(server, bytes_sent)
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/json"
    assert error_of(answer.body)[0] == "BAD_REQUEST"


@pytest.mark.parametrize("endless", ["line", "header", "headers"])
def test_a_head_without_an_end_is_refused_before_it_fills_the_memory(server: Server, endless: str) -> None:
    begin, part = {
        "line": (b"GET /", b"x" * MIB),
        "header": (b"GET / HTTP/1.1\r\nX: ", b"x" * MIB),
        "headers": (b"GET / HTTP/1.1\r\n", b"X: 12345678\r\n" * (MIB // 13)),
    }[endless]
    answer = said_to(server, begin + part * 100)
    assert answer == [] or answer[0].status == 400  # hung up on while talking, a client may not see the answer
    assert psutil.Process(server.pid).memory_info().rss < MOST_MEMORY


def test_a_long_head_that_ends_is_read(server: Server) -> None:
    headers = {f"x-{n}": "y" * 1000 for n in range(50)}
    (answer,) = said_to(server, request("GET", "/health", b"", **headers))
    assert answer.status == 200


def test_clients_that_hang_up_at_any_point_leave_nothing_behind(server: Server, there: dict[str, str]) -> None:
    process = psutil.Process(server.pid)
    before = process.num_fds()
    whole = request("POST", f"{API}/runs/set-tag", json.dumps({**there, "key": "k", "value": "v" * 500}).encode())
    for cut in range(0, len(whole), 7):
        with connected(server) as connection:
            connection.sendall(whole[:cut])
    with connected(server) as connection:
        connection.sendall(whole)
        assert received(connection).startswith(b"HTTP/1.1 200 OK")
    assert process.num_fds() <= before + 5


def test_many_large_bodies_at_once_are_read_within_bounds(server: Server) -> None:
    """Eight clients send 30 MiB each and stop short of the end; nothing is kept of them when they are gone."""
    connections = [connected(server) for _ in range(8)]
    body = b'{"experiment_ids": ["' + b"x" * 30 * MIB
    for connection in connections:
        connection.sendall(request("POST", f"{API}/runs/search", body, content_length=str(31 * MIB)))
    for connection in connections:
        connection.close()
    (answer,) = said_to(server, request("GET", "/health"))
    assert answer.status == 200
    assert psutil.Process(server.pid).memory_info().rss < MOST_MEMORY


@pytest.mark.parametrize("field", ["filter", "order_by", "experiment_ids", "page_token"])
def test_ten_megabytes_in_a_field_of_a_search_are_refused(http: httpx.Client, field: str) -> None:
    large = "x" * 10 * MIB
    value = [large] if field in ("order_by", "experiment_ids") else large
    answer = http.post(f"{API}/runs/search", json={"experiment_ids": ["0"], field: value})
    assert answer.status_code == 400
    error_of(answer.content)


@pytest.mark.slow
@named(WITH_BODY)
def test_ten_megabytes_in_any_field_are_refused_or_taken(
    http: httpx.Client, server: Server, there: dict[str, str], call: Call
) -> None:
    """About a minute for all endpoints together."""
    valid = valid_request(call, there)
    for name in valid:
        for large in ('"' + "x" * 10 * MIB + '"', '["' + "x" * 10 * MIB + '"]', "[" + "1," * 5 * MIB + "1]"):
            body = json.dumps({**valid, name: None}).replace(f'"{name}": null', f'"{name}": {large}')
            assert_orderly(sent(http, call, path_of(call, there), body.encode()), name)
    assert psutil.Process(server.pid).memory_info().rss < 2 * MOST_MEMORY


def valid_request(call: Call, there: dict[str, str]) -> dict[str, Any]:
    """A request with every field, about what is there."""
    about = {**there, "run_ids": [there["run_id"]], "experiment_ids": [there["experiment_id"]]}
    given = full(call.shape)
    if msgspec.structs.fields(call.shape) and isinstance(given.get("run_id"), list):
        about["run_id"] = [there["run_id"]]
    return {name: about.get(name, value) for name, value in given.items() if name != "run_uuid"}


def hostile_fields(valid: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """For each field, also of the elements of lists, the request with each hostile value in it."""
    for name, value in valid.items():
        for hostile in VALUES:
            yield name, with_value(valid, name, hostile)
            if isinstance(value, list) and value and isinstance(value[0], dict):
                for inner in value[0]:
                    yield (
                        f"{name}.{inner}",
                        with_value(valid, name, f"[{with_value(value[0], inner, hostile).decode()}]"),
                    )


def with_value(valid: dict[str, Any], name: str, spelled: str) -> bytes:
    fields = [f"{json.dumps(key)}: {spelled if key == name else json.dumps(value)}" for key, value in valid.items()]
    return ("{" + ", ".join(fields) + "}").encode()


def path_of(call: Call, there: dict[str, str]) -> str:
    return call.api[0] + call.path.replace("{model_id}", there["model_id"]).replace("{tag_key}", "k")


def sent(http: httpx.Client, call: Call, path: str, body: bytes) -> httpx.Response:
    return http.request(call.method, path, content=body, headers={"content-type": "application/json"})


def json_of(answer: httpx.Response) -> bytes:
    """Also where columns of numbers are packed behind it."""
    if answer.headers["content-type"] != PACKED:
        return answer.content
    (size,) = struct.unpack_from("<I", answer.content)
    return answer.content[4 : 4 + size]


def assert_orderly(answer: httpx.Response | Answer, what: object) -> None:
    status, body = (answer.status, answer.body) if isinstance(answer, Answer) else (answer.status_code, answer.content)
    shown = f"{status} {body[:300]!r} for {str(what)[:300]}"
    if status == 200:
        json.loads(body if isinstance(answer, Answer) else json_of(answer))
    else:
        # 501: presigned transfers, which a server with a local folder does not offer.
        assert 400 <= status < 500 or (status == 501 and b"is not supported for the current" in body), shown
        error_of(body)
