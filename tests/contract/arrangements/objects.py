"""What is in a bucket, as boto3 sees it."""

from __future__ import annotations

import os

import boto3


def main(bucket: str) -> dict[str, str]:
    """The ETag of every object, by key."""
    client = boto3.client("s3", endpoint_url=os.environ["MLFLOW_S3_ENDPOINT_URL"])
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {entry["Key"]: entry["ETag"].strip('"') for page in pages for entry in page.get("Contents", [])}
