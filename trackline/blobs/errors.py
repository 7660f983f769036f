"""What can go wrong with stored bytes. The message names the path and is written for people."""


class BlobError(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NoSuchBlob(BlobError):
    """Nothing is stored there."""


class IsFolder(BlobError):
    """Where a file was meant there is a folder."""


class NotAFolder(BlobError):
    """A folder on the way to the file cannot be: a file, or something that must not be followed, has its name."""


class BadName(BlobError):
    """The store cannot keep a file under this name."""


class OutOfRange(BlobError):
    """The wanted bytes lie behind the end of the file, which is `size` bytes long."""

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


class NoRoom(BlobError):
    """The store is full."""


class StoreUnavailable(BlobError):
    """The store cannot be reached or is too busy; later it may work."""


class StoreFailed(BlobError):
    """The store itself refuses or is broken; the message says what to mend."""


class NoConnection(StoreFailed):
    """Something answers at the address, but cannot be spoken to as the settings say."""


class NoSuchBucket(StoreFailed):
    """The store has no bucket of that name."""


class UnknownDestination(BlobError):
    """No store can be opened by this name."""


class WrongOption(BlobError):
    """The store cannot be opened with these options."""


class NotOffered(BlobError):
    """The store, or the keys at hand, cannot do that at all."""


class NoSuchUpload(BlobError):
    """The multipart upload was never begun, or is completed or aborted already."""


class BadParts(BlobError):
    """The parts named do not make a file: one is missing, too small, out of order or not as it was sent."""
