"""schemathesis asks every endpoint of the OpenAPI document with requests that fit it, and with some that do not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.servers import clean_environment, running_server
from tools.tool_environments import environment

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# A test or a new try of a webhook sends requests elsewhere; the live stream ends when the client leaves.
LEFT_OUT = "/(test|retry|live)$"


@pytest.mark.slow
def test_generated_requests_are_answered_as_the_document_says(tmp_path: Path) -> None:
    """About four minutes."""
    command = [
        *(str(environment("openapi").with_name("schemathesis")),),
        *("--config-file", str(Path(__file__).with_name("schemathesis.toml")), "run"),
        *("--phases", "coverage,fuzzing", "--max-examples", "10", "--max-time", "240", "--checks", CHECKS),
        *("--exclude-path-regex", LEFT_OUT, "--request-timeout", "30", "--continue-on-failure", "--no-color"),
    ]
    with running_server(tmp_path) as server:
        outcome = subprocess.run(
            [*command, f"{server.url}/openapi.json"],
            cwd=tmp_path,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert outcome.returncode == 0, outcome.stdout[-20_000:] + outcome.stderr[-2_000:]
        assert " ERROR " not in server.output
