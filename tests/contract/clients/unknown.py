"""What a client asks of servers that have more than tracking: an answer or "unknown endpoint", never a crash."""

from __future__ import annotations

from collections.abc import Callable

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request, verify_rest_response

from tests.contract.clients.harness import scenario


def answered_or_unknown(question: Callable[[], object]) -> None:
    try:
        question()
    except MlflowException as error:
        assert error.error_code == "ENDPOINT_NOT_FOUND", error


@scenario("2.22")
def an_unknown_endpoint_is_not_found(experiment_id: str) -> None:
    server = get_default_host_creds(mlflow.get_tracking_uri())
    for method in ("GET", "POST", "PATCH", "DELETE"):
        for path in ("/api/2.0/mlflow/no-such/thing", "/api/3.0/mlflow/no-such-thing", "/api/4.0/mlflow/runs/get"):
            response = http_request(server, path, method)
            assert response.status_code == 404, (method, path, response.status_code)
            try:
                verify_rest_response(response, path)
            except MlflowException as error:
                assert error.error_code == "ENDPOINT_NOT_FOUND", error
            else:
                raise AssertionError(f"{method} {path} was taken for an answer")


@scenario("2.22")
def a_traced_training_goes_on(experiment_id: str) -> None:
    def predict(x: int) -> int:
        with mlflow.start_span("inner") as span:
            span.set_inputs({"x": x})
            return x + 1

    traced = mlflow.trace(predict)
    with mlflow.start_run() as run:
        assert [traced(x) for x in range(3)] == [1, 2, 3]
        mlflow.log_metric("loss", 1)
    if hasattr(mlflow, "flush_trace_async_logging"):
        mlflow.flush_trace_async_logging()
    found = mlflow.get_run(run.info.run_id)
    assert found.info.status == "FINISHED" and found.data.metrics == {"loss": 1}


@scenario("2.22")
def traces_are_asked_for(experiment_id: str) -> None:
    client = MlflowClient()
    answered_or_unknown(lambda: client.search_traces([experiment_id]))
    answered_or_unknown(lambda: client.delete_traces(experiment_id, max_timestamp_millis=1))


@scenario("3.17")
def tools_of_generative_models_are_asked_for(experiment_id: str) -> None:
    client = MlflowClient()
    answered_or_unknown(lambda: client.search_datasets([experiment_id]))
    answered_or_unknown(lambda: client.create_dataset("questions", experiment_id))
    answered_or_unknown(lambda: mlflow.genai.list_scorers(experiment_id=experiment_id))
    answered_or_unknown(client.list_webhooks)
    answered_or_unknown(client.search_prompts)
    answered_or_unknown(client.search_mcp_servers)
