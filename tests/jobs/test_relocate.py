from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from trackline.blobs import BlobStore, StoreOptions, create_bucket, open_blobs
from trackline.blobs.errors import StoreFailed, UnknownDestination
from trackline.blobs.local import STAGING, LocalStore
from trackline.db.sqlite import SqliteDatabase
from trackline.jobs.relocate import (
    Copier,
    Different,
    Done,
    Refused,
    Root,
    Size,
    check_roots,
    open_source,
    relocate,
    size_of,
)
from trackline.store.artifact_locations import Locations
from trackline.store.experiments import create_experiment, get_experiment

FILES = {
    "1/run/artifacts/empty": b"",
    "1/run/artifacts/a ü #+%41.txt": b"some text",
    "1/run/artifacts/deep/er/model.bin": bytes(range(256)) * 50_000,  # 12.8 MB: more parts than one
    **{f"2/run/artifacts/{number}": str(number).encode() for number in range(30)},
}
BYTES = sum(map(len, FILES.values()))
NEW_BUCKETS = count()

# A read that is given up while its thread opens the file leaves the file to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

NewStore = Callable[[], BlobStore]


class Noted:
    """A watcher that notes what it is told, and does something when work of that kind begins."""

    def __init__(self, **at_begin: Callable[[], object]) -> None:
        self.begun: list[tuple[str, Size]] = []
        self.files = 0
        self.bytes = 0
        self._at_begin = at_begin

    def begin(self, doing: str, size: Size) -> None:
        self.begun.append((doing, size))
        self.files = self.bytes = 0
        self._at_begin.get(doing.split(maxsplit=1)[0].lower(), lambda: None)()

    def advance(self, files: int, size: int) -> None:
        self.files += files
        self.bytes += size


@pytest.fixture(params=["folder to folder", "folder to s3", "s3 to folder", "s3 to s3"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[BlobStore, BlobStore]:
    """An old and a new place, both empty."""

    def opened(kind: str, name: str) -> BlobStore:
        if kind == "folder":
            return LocalStore(tmp_path / name)
        options = request.getfixturevalue("s3_options")
        bucket = f"s3://relocate-{next(NEW_BUCKETS)}"
        asyncio.run(create_bucket(bucket, options))
        return open_blobs(f"{bucket}/{name}", options)

    old, _, new = request.param.split()
    return opened(old, "old"), opened(new, "new")


@pytest.fixture
def old(tmp_path: Path) -> LocalStore:
    """A folder with FILES."""
    store = LocalStore(tmp_path / "old")
    asyncio.run(fill(store, FILES))
    return store


@pytest.fixture
def new(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "new")


async def bytes_in_pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 100_000):
        yield content[start : start + 100_000]


async def fill(store: BlobStore, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        await store.put(path, bytes_in_pieces(content), len(content))


async def contents(store: BlobStore) -> dict[str, bytes]:
    found = {}
    async for entry in store.walk(""):
        blob = await store.get(entry.name)
        found[entry.name] = b"".join([chunk async for chunk in blob.chunks])
        await blob.chunks.aclose()
    return found


def copied(old: BlobStore, new: BlobStore, different: Different = Different.STOP, watcher: Noted | None = None) -> Done:
    return asyncio.run(Copier(old, new, different, watcher or Noted()).copy())


def test_every_file_is_copied_and_a_second_time_passed_over(stores: tuple[BlobStore, BlobStore]) -> None:
    old, new = stores
    asyncio.run(fill(old, FILES))
    watcher = Noted()

    assert copied(old, new, watcher=watcher) == Done(copied=len(FILES), bytes=BYTES)

    assert asyncio.run(contents(new)) == FILES
    assert asyncio.run(contents(old)) == FILES
    assert watcher.begun == [(doing, Size(len(FILES), BYTES)) for doing in ("Copying", "Looking for changes")]
    assert (watcher.files, watcher.bytes) == (len(FILES), BYTES)
    assert copied(old, new) == Done(there=len(FILES))


def test_what_comes_changes_or_goes_meanwhile_is_noticed(old: LocalStore, new: LocalStore) -> None:
    (old.root / "1/run/artifacts/gone").write_text("soon")

    def change() -> None:
        if not (old.root / "late").exists():
            (old.root / "late").write_text("came")
            (old.root / "2/run/artifacts/7").write_text("!")  # of the same size
            (old.root / "1/run/artifacts/gone").unlink()

    done = copied(old, new, watcher=Noted(looking=change))

    assert done.copied == len(FILES) + 1 + 2
    assert (new.root / "late").read_text() == "came"
    assert (new.root / "2/run/artifacts/7").read_text() == "!"


def test_files_that_never_rest_are_not_left_behind_half(old: LocalStore, new: LocalStore) -> None:
    numbers = count()
    with pytest.raises(Refused, match="keep changing"):
        copied(old, new, watcher=Noted(looking=lambda: (old.root / "log").write_text(f"{next(numbers):09}")))


def test_an_interrupted_relocation_leaves_the_old_root_in_force_and_goes_on_later(
    old: LocalStore, new: LocalStore, database: SqliteDatabase
) -> None:
    before, after = Root("/srv/old", str(old.root)), Root("/srv/new", str(new.root))

    class Interrupting(Noted):
        def advance(self, files: int, size: int) -> None:
            super().advance(files, size)
            if self.files == 10:
                raise KeyboardInterrupt

    async def location() -> str:
        return (await database.read(get_experiment, "1")).artifact_location

    asyncio.run(database.write(create_experiment, "n", "/srv/old/1", [], "unused:/"))
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(relocate(database, before, after, Copier(old, new, Different.STOP, Interrupting())))
    arrived = asyncio.run(contents(new))
    assert 10 <= len(arrived) < len(FILES)
    assert arrived.items() <= FILES.items()  # none of them half
    assert asyncio.run(location()) == "/srv/old/1"

    done, moved = asyncio.run(relocate(database, before, after, Copier(old, new, Different.STOP, Noted())))
    assert (done.there, done.copied) == (len(arrived), len(FILES) - len(arrived))
    assert moved == Locations(1, 0)
    assert asyncio.run(location()) == "/srv/new/1"
    assert asyncio.run(contents(new)) == FILES


def test_other_content_at_the_new_root_is_for_people_to_decide(
    old: LocalStore, new: LocalStore, database: SqliteDatabase
) -> None:
    others = {"2/run/artifacts/3": b"?", "2/run/artifacts/4": b"longer"}
    asyncio.run(fill(new, others))

    with pytest.raises(Refused, match=r"2 files .*'2/run/artifacts/3'.* --replace .* --keep"):
        copied(old, new)
    assert asyncio.run(contents(new)) == FILES | others

    kept = copied(old, new, Different.KEEP)
    assert (kept.copied, kept.kept) == (0, 2)
    assert asyncio.run(contents(new)) == FILES | others

    assert copied(old, new, Different.REPLACE).copied == 2
    assert asyncio.run(contents(new)) == FILES


def test_a_store_that_gives_back_other_bytes_is_found_out(old: LocalStore, tmp_path: Path) -> None:
    class Careless(LocalStore):
        async def put(self, path: str, chunks: AsyncIterable[bytes], size: int | None = None) -> None:
            content = b"".join([chunk async for chunk in chunks])
            await super().put(path, bytes_in_pieces(content.replace(b"some", b"Some")), size)

    with pytest.raises(StoreFailed, match="other bytes of '1/run/artifacts/a ü"):
        copied(old, Careless(tmp_path / "careless"))


def test_a_file_where_the_new_root_has_a_folder(old: LocalStore, new: LocalStore) -> None:
    asyncio.run(fill(new, {"2/run/artifacts/3/inner": b""}))
    with pytest.raises(Refused, match="'2/run/artifacts/3' is a folder at the new root"):
        copied(old, new)


def test_marks_of_folders_in_a_bucket_are_no_files(s3_options: StoreOptions, new: LocalStore) -> None:
    """As the consoles of object stores make them."""
    bucket = f"s3://relocate-{next(NEW_BUCKETS)}"
    asyncio.run(create_bucket(bucket, s3_options))
    old = open_blobs(bucket, s3_options)
    asyncio.run(fill(old, {"folder/file": b"x"}))
    asyncio.run(mark(bucket.removeprefix("s3://"), s3_options))
    assert copied(old, new).copied == 1
    assert asyncio.run(contents(new)) == {"folder/file": b"x"}


async def mark(bucket: str, options: StoreOptions) -> None:
    import botocore.session

    client = botocore.session.get_session().create_client(
        "s3",
        endpoint_url=options.endpoint_url,
        region_name=options.region,
        aws_access_key_id=options.access_key,
        aws_secret_access_key=options.secret_key,
    )
    client.put_object(Bucket=bucket, Key="folder/", Body=b"")
    client.close()


def test_the_old_folder_is_only_read(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "file").write_text("abc")
    assert asyncio.run(size_of(open_source(f"file://{tmp_path}/old", StoreOptions()))) == Size(1, 3)
    assert not (tmp_path / "old" / STAGING).exists()
    with pytest.raises(UnknownDestination, match="no folder"):
        open_source(str(tmp_path / "typo"), StoreOptions())
    assert not (tmp_path / "typo").exists()


def test_roots_of_which_nothing_good_can_come() -> None:
    def root(place: str, location: str = "") -> Root:
        return Root(location or place, place)

    for inner in ("/a", "file:///a/"):
        with pytest.raises(Refused, match="the same"):
            check_roots(root("/a"), root(inner))
    with pytest.raises(Refused, match="inside"):
        check_roots(root("s3://b"), root("s3a://b/new"))
    assert check_roots(root("/a/b"), root("/a"))
    assert check_roots(root("/a"), root("/ab"))
    assert not check_roots(root("s3://b/x"), root("s3://b/x", "mlflow-artifacts:/"))
