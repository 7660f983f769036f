"""Where the rows of PostgreSQL run: one PostgreSQL, on which each peer has a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple, Self

import psutil
import psycopg

from bench.held import can_hold
from bench.lab import Lab
from bench.peers import Peer
from bench.processes import Server, cpu_seconds, running
from bench.stage import Stage
from tests.postgres import cluster

PART = 0.25  # of a core, for each of the workers whose number is measured


Work = Callable[[Stage, float], float]


class Cost(NamedTuple):
    """CPU time in milliseconds; `wal` in bytes of PostgreSQL's log of changes."""

    server_ms: float
    database_ms: float
    wal: float


class PostgresLab(Lab):
    def __enter__(self) -> Self:
        self._cluster = self.opened(cluster())
        self._costs: dict[tuple[Peer, Work], Cost] = {}
        return self

    @contextmanager
    def fresh(self, peer: Peer) -> Iterator[Server]:
        database = self._cluster.uri(self._cluster.new())
        with running(peer, self.new_folder(peer.name), database=database) as server:
            yield server

    def vacuumed_bytes(self, server: Server, how: Literal["VACUUM", "VACUUM FULL"]) -> int:
        """Of the whole database. The first leaves room to be used again, as autovacuum does; the second none."""
        with psycopg.connect(server.database, autocommit=True) as connection:
            connection.execute(how)
            (size,) = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
        return int(size)

    def cost(self, peer: Peer, work: Work) -> Cost:
        """Of one unit of what `work(stage, seconds)` does; measured once."""
        if (peer, work) not in self._costs:
            stage = self.stage(peer)
            work(stage, self.scale.seconds / 2)  # so that whatever is made once is there
            before = self._spent(stage.server)
            done = work(stage, 2 * self.scale.seconds)
            after = self._spent(stage.server)
            self._costs[peer, work] = Cost(*((late - early) / done for early, late in zip(before, after, strict=True)))
        return self._costs[peer, work]

    def _spent(self, server: Server) -> Cost:
        """Since the processes began, and since the database was made."""
        main = (self._cluster.folder / "data" / "postmaster.pid").read_text().split()[0]
        with psycopg.connect(self._cluster.uri("postgres")) as connection:
            query = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8"
            (wal,) = connection.execute(query).fetchone() or (0.0,)
        return Cost(cpu_seconds(server.process) * 1000, cpu_seconds(psutil.Process(int(main))) * 1000, wal)

    def facts(self) -> dict[str, str]:
        with psycopg.connect(self._cluster.uri("postgres")) as connection:
            version = connection.info.parameter_status("server_version")
        return {
            **super().facts(),
            "the database": f"PostgreSQL {version} on this machine, with the settings that it comes with (fsync on)",
            "two workers": f"held to {PART:.0%} of a core each"
            if can_hold()
            else "not held: that needs root and cgroups",
        }
