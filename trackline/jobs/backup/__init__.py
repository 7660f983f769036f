"""Backups: the database as one SQLite file, whichever kind it is, with the artifacts beside it."""

from trackline.jobs.backup.make import Source, back_up, prune
from trackline.jobs.backup.manifest import BackupRefused, Manifest, chosen, finished
from trackline.jobs.backup.restore import restore, verify

__all__ = ["BackupRefused", "Manifest", "Source", "back_up", "chosen", "finished", "prune", "restore", "verify"]
