#!/bin/sh
# Makes what the parts share and nobody has to think of: keys, passwords and a token, each in a file. What is there stays.
set -eu
cd /run/keys

# Without a line's end: JupyterLab takes the file as it is.
random() { head -c 24 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n'; }
# A file is whole or not there, whenever this is stopped. Every part reads it, each under a user of its own.
keep() { [ -s "$1" ] || { cat > ".$1"; chmod 444 ".$1"; mv ".$1" "$1"; }; }

for name in s3-secret console-password jupyter-token postgres-password; do
    random | keep "$name"
done

keep credentials <<FILE
[default]
aws_access_key_id = trackline
aws_secret_access_key = $(cat s3-secret)
FILE

# The form of SeaweedFS.
keep s3.json <<FILE
{"identities": [{"name": "trackline",
  "credentials": [{"accessKey": "trackline", "secretKey": "$(cat s3-secret)"}],
  "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
FILE

# What COMPOSE_PROFILES says is the name of the file with the database's address.
keep sqlite <<FILE
sqlite:////var/lib/trackline/trackline.db
FILE
keep postgres <<FILE
postgresql://trackline:$(cat postgres-password)@postgres/trackline
FILE
