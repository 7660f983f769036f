#!/bin/sh
# As much of the official image's behaviour as compose.yaml asks for: a user, a database and a password from a file.
set -eu
data=/var/lib/postgresql/data
as_postgres='setpriv --reuid=postgres --regid=postgres --init-groups'

install -d -o postgres -g postgres -m 700 "$data"
if [ ! -s "$data/PG_VERSION" ]; then
    $as_postgres initdb --pgdata="$data" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \
        --encoding=UTF8 --locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256
    echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
    echo "CREATE DATABASE $POSTGRES_DB" | $as_postgres postgres --single -D "$data" postgres
fi
exec $as_postgres postgres -D "$data" -c listen_addresses='*'
