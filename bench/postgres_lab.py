"""Where the rows of PostgreSQL run: one PostgreSQL, on which each peer has a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import psycopg

from bench.lab import Lab
from bench.peers import Peer
from bench.processes import Server, running
from tests.postgres import cluster


class PostgresLab(Lab):
    def __enter__(self) -> Self:
        self._cluster = self.opened(cluster())
        return self

    @contextmanager
    def fresh(self, peer: Peer) -> Iterator[Server]:
        database = self._cluster.uri(self._cluster.new())
        with running(peer, self.new_folder(peer.name), database=database) as server:
            yield server

    def kept_bytes(self, server: Server) -> int:
        """After a vacuum, which in time comes by itself: what it makes free is used again, and counts here."""
        with psycopg.connect(server.database, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            (size,) = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
        return int(size)

    def facts(self) -> dict[str, str]:
        with psycopg.connect(self._cluster.uri("postgres")) as connection:
            version = connection.info.parameter_status("server_version")
        return {
            **super().facts(),
            "the database": f"PostgreSQL {version} on the same machine, with the settings that it comes with (fsync on)",
        }
