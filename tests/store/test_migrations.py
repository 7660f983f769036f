from __future__ import annotations

from importlib.resources import files

from tests.databases import Engine, tables

# Columns: name, and whether it may be NULL.
OF_SQLITE = """SELECT name, "notnull" = 0 AND pk = 0 FROM pragma_table_info(:table) ORDER BY name"""
OF_POSTGRES = """
SELECT column_name::text COLLATE "C", (is_nullable = 'YES')::int FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = :table ORDER BY 1
"""


def test_every_migration_is_there_for_each_database() -> None:
    folders = [folder for folder in (files("trackline.store") / "migrations").iterdir() if folder.is_dir()]
    names = {folder.name: sorted(file.name for file in folder.iterdir()) for folder in folders}
    assert names["sqlite"] == names["postgres"]


def test_each_database_has_the_same_tables_with_the_same_columns(
    sqlite_engine: Engine, postgres_engine: Engine
) -> None:
    found = []
    for engine, query in ((sqlite_engine, OF_SQLITE), (postgres_engine, OF_POSTGRES)):
        with engine.transaction() as tx:
            found.append({table: tx.rows(query, {"table": table}) for table in tables(tx)})
    assert found[0] == found[1]
