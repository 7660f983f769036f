"""Runs in the environment of the stock MLflow client: moves artifacts as a training does, and times it.

Each line of standard input, `{"job": …, "arguments": {…}}`, is answered with a line: the seconds it took.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import boto3
import mlflow
from mlflow.artifacts import download_artifacts


def upload(url: str, run_id: str, file: str) -> float:
    mlflow.set_tracking_uri(url)
    client = mlflow.MlflowClient()
    return _seconds(lambda: client.log_artifact(run_id, file))


def upload_folder(url: str, run_id: str, folder: str, path: str) -> float:
    mlflow.set_tracking_uri(url)
    client = mlflow.MlflowClient()
    return _seconds(lambda: client.log_artifacts(run_id, folder, path))


def download(url: str, run_id: str, path: str, size: int) -> float:
    mlflow.set_tracking_uri(url)
    with tempfile.TemporaryDirectory() as folder:
        seconds = _seconds(lambda: download_artifacts(run_id=run_id, artifact_path=path, dst_path=folder))
        found = Path(folder, path).stat().st_size
    if found != size:
        raise ValueError(f"{found:,} bytes came back of {size:,}")
    return seconds


def list_objects(bucket: str, prefix: str, number: int) -> float:
    """By boto3, past every server: one level of the bucket, as a listing of artifacts wants it."""
    store = boto3.client("s3", endpoint_url=os.environ["MLFLOW_S3_ENDPOINT_URL"])
    pages = store.get_paginator("list_objects_v2")
    store.list_objects_v2(Bucket=bucket, MaxKeys=1)  # opens the connection

    def listed() -> None:
        found = sum(page["KeyCount"] for page in pages.paginate(Bucket=bucket, Prefix=prefix, Delimiter="/"))
        if found != number:
            raise ValueError(f"{found} objects were listed instead of {number}")

    return _seconds(listed)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


JOBS = {job.__name__: job for job in (upload, upload_folder, download, list_objects)}

if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # the client itself prints things
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(JOBS[asked["job"]](**asked["arguments"])), file=answers, flush=True)
