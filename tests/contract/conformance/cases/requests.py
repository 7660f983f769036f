"""How requests are read, whatever they ask for; and what answers a request nobody knows."""

from __future__ import annotations

import json

from tests.contract.conformance.talk import Talk, case

CREATE = "experiments/create"


@case
def a_body_must_say_that_it_is_json(talk: Talk) -> None:
    raw = json.dumps({"name": talk.name("a")}).encode()
    for kind in (None, "", "text/plain", "application/x-www-form-urlencoded", "application/vnd.api+json", "json"):
        talk.post(CREATE, raw=raw, kind=kind)
    for number, kind in enumerate(("application/json", "application/json; charset=utf-8")):
        talk.post(CREATE, {"name": talk.name(str(number))}, kind=kind)
    talk.post(CREATE, {"name": talk.name("c")}, kind="Application/JSON", differs="the same in other words")


@case
def a_body_that_cannot_be_read_is_refused(talk: Talk) -> None:
    talk.post(CREATE, raw=b"", message=True)
    for raw in (b"null", b"{", b'{"name": "a"', b"\xff\xfe", b'{"name": "\xff"}', b"nonsense", b'{"name": NaNa}'):
        talk.post(CREATE, raw=raw, differs="says why")


@case
def a_body_must_be_an_object(talk: Talk) -> None:
    for raw in (b"[]", b"5", b"true", b'[{"name": "x"}]', b'"text"', b'"[1]"'):
        for path in (CREATE, "runs/search"):
            talk.post(path, raw=raw, differs="not a crash")
    talk.post("runs/log-batch", raw=b"", differs="not a crash")
    talk.post("runs/log-batch", raw=b"[]", differs="not a crash")


@case
def json_within_json_is_read(talk: Talk) -> None:
    talk.post(CREATE, raw=json.dumps(json.dumps({"name": talk.name("a")})).encode())


@case
def unknown_fields_and_queries_are_ignored(talk: Talk) -> None:
    talk.post(CREATE, {"name": talk.name("a"), "nope": 1, "Name": 5})
    talk.post(CREATE, {"name": talk.name("b")}, query={"name": "c", "nope": "1"})
    talk.get("experiments/get", {"experiment_id": "0", "nope": "1"})


@case
def the_last_of_two_equal_fields_counts(talk: Talk) -> None:
    text = json.dumps({"name": talk.name("a")})[:-1] + ", " + json.dumps({"name": talk.name("b")})[1:]
    talk.post(CREATE, raw=text.encode())
    talk.get("experiments/get-by-name", {"experiment_name": talk.name("b")})


@case
def optional_fields_may_be_in_camel_case(talk: Talk) -> None:
    experiment = talk.experiment()
    talk.post("runs/create", {"experiment_id": experiment, "runName": "a", "startTime": 5, "userId": "me"})
    talk.post("runs/create", {"experimentId": experiment, "run_name": "a"})
    talk.post("runs/search", {"experimentIds": [experiment], "maxResults": 1, "orderBy": ["start_time"]})
    run = talk.run(experiment)
    talk.get("runs/get", {"runId": run}, message=True)
    both = {"run_id": run, "runId": run, "key": "a", "value": "b"}
    talk.post("runs/set-tag", both, message=True)
    dataset = {"name": "d", "digest": "1", "sourceType": "local", "source": "s"}
    talk.post("runs/log-inputs", {"run_id": run, "datasets": [{"dataset": dataset}]})
    talk.get("runs/get", {"run_id": run})
    required = {"runId": run, "key": "a", "value": "b"}
    talk.post("runs/set-tag", required, differs="the same in other words")


@case
def a_get_without_a_query_may_have_a_body(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    talk.send("GET", "runs/get", {"run_id": run})
    talk.send("GET", "runs/get", {"run_id": 5}, message=True)
    talk.send("GET", "runs/get", {"run_id": run}, query={"nope": "1"}, message=True)


@case
def the_first_of_repeated_queries_counts(talk: Talk) -> None:
    run = talk.run(talk.experiment(), metrics={"m": 1})
    talk.get("runs/get", {"run_id": [run, "none"]})
    talk.get("metrics/get-history", {"run_id": [run, "none"], "metric_key": ["m", "n"]})


@case
def text_comes_back_as_it_was_sent(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    text = "ü € \U0001f600 \u2028 \x7f \x01 \t\r\n \\ / \" ' <script> %41 +"
    talk.post("runs/set-tag", {"run_id": run, "key": "t", "value": text})
    talk.post("runs/log-parameter", {"run_id": run, "key": "p", "value": text})
    talk.get("runs/get", {"run_id": run})


@case
def an_unknown_endpoint_is_404(talk: Talk) -> None:
    for method, path in (
        ("GET", "nope"),
        ("POST", "nope"),
        ("GET", "/nope"),
        ("POST", "/api/2.0/mlflow/runs/create/"),
        ("POST", "/api/2.0/preview/mlflow/runs/create"),
        ("GET", "/api/3.0/mlflow/runs/get"),
        ("POST", "/api/4.0/mlflow/anything/new"),
        ("GET", "/api/2.0/mlflow/"),
    ):
        talk.send(method, path, {} if method == "POST" else None, differs="no page")


@case
def a_wrong_method_is_405(talk: Talk) -> None:
    for method, path in (
        ("GET", CREATE),
        ("PUT", CREATE),
        ("DELETE", "runs/get"),
        ("POST", "runs/get"),
        ("POST", "/health"),
    ):
        talk.send(method, path, {} if method == "POST" else None, differs="no method")


@case
def the_server_tells_about_itself(talk: Talk) -> None:
    talk.get("/health")
    talk.get("/version", differs="plain version")
    talk.get("/api/3.0/mlflow/server-info", show=sorted)
    talk.get("/ajax-api/3.0/mlflow/server-info", show=lambda answer: answer["store_type"])
