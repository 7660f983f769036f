#!/bin/sh
# Writes the Secrets of the trial, with new keys and passwords. Once: the database and the store keep what they began with.
#
#   sh deploy/kubernetes/secrets.sh | kubectl apply --filename -
set -eu

random() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }
database=$(random)
store=$(random)

cat <<SECRETS
apiVersion: v1
kind: Namespace
metadata: {name: trackline}
---
apiVersion: v1
kind: Secret
metadata: {name: trackline, namespace: trackline}
stringData:
  database: postgresql://trackline:$database@postgres/trackline
  webhook-key: $(head -c 32 /dev/urandom | base64 | tr '+/' '-_')
  credentials: |
    [default]
    aws_access_key_id = trackline
    aws_secret_access_key = $store
---
apiVersion: v1
kind: Secret
metadata: {name: postgres, namespace: trackline}
stringData: {password: "$database"}
---
apiVersion: v1
kind: Secret
metadata: {name: object-store, namespace: trackline}
stringData:
  console-password: $(random)
  s3.json: |
    {"identities": [{"name": "trackline",
      "credentials": [{"accessKey": "trackline", "secretKey": "$store"}],
      "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
---
apiVersion: v1
kind: Secret
metadata: {name: jupyterlab, namespace: trackline}
stringData:
  jupyter-token: $(random)
  credentials: |
    [default]
    aws_access_key_id = trackline
    aws_secret_access_key = $store
SECRETS
