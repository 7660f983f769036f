"""Which chores a server with these settings does in the background."""

from __future__ import annotations

import time
from functools import partial

from trackline.jobs.backup import Source, back_up, prune
from trackline.jobs.chores import Chore
from trackline.jobs.disk import follow_disk, measure_disk
from trackline.jobs.gc import Collector
from trackline.jobs.retention import apply_rules
from trackline.jobs.silence import fail_silent
from trackline.server.opening import backup_place, metadata_of
from trackline.server.services import Services
from trackline.settings import ServerSettings
from trackline.store.trash import Wanted

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
LOOK_FOR_SILENT_SECONDS = 300.0
EMPTY_TRASH_SECONDS = 3600.0
MEASURE_SECONDS = 6 * 3600.0
FOLLOW_SECONDS = 60.0
APPLY_RULES_SECONDS = 24 * 3600.0


def chores_of(settings: ServerSettings, services: Services) -> list[Chore]:
    chores = [
        Chore("measure disk usage", MEASURE_SECONDS, partial(_measure, services)),
        Chore("follow disk usage", FOLLOW_SECONDS, partial(follow_disk, services.database, services.artifacts.find)),
        Chore("apply rules", APPLY_RULES_SECONDS, partial(apply_rules, services.database)),
    ]
    if settings.fail_silent_after:
        work = partial(fail_silent, services.database, settings.fail_silent_after * HOUR_MS)
        chores.append(Chore("fail silent runs", LOOK_FOR_SILENT_SECONDS, work))
    if settings.trash_retention:
        kept_ms = settings.trash_retention * DAY_MS
        chores.append(Chore("empty the trash", EMPTY_TRASH_SECONDS, partial(_empty_trash, services, kept_ms)))
    if settings.backup_to:
        chores.append(Chore("back up", settings.backup_every * 3600.0, partial(_back_up, settings, services)))
    return chores


async def _measure(services: Services) -> None:
    await measure_disk(services.database, services.artifacts.stores)


async def _back_up(settings: ServerSettings, services: Services) -> None:
    metadata = metadata_of(settings)
    stores = services.artifacts.stores if settings.backup_artifacts else None
    place = backup_place(settings)
    await back_up(Source(metadata.shown, metadata.save, stores), place)
    await prune(place, settings.backup_keep)


async def _empty_trash(services: Services, kept_ms: int) -> None:
    before = time.time_ns() // 1_000_000 - kept_ms
    await Collector(services.database, services.artifacts.find).empty(Wanted(before))
