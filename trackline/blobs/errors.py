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


class OutOfRange(BlobError):
    """The wanted bytes lie behind the end of the file, which is `size` bytes long."""

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


class NoRoom(BlobError):
    """The store is full."""


class StoreFailed(BlobError):
    """The store itself refuses or is broken; the message says what to mend."""


class UnknownDestination(BlobError):
    """No store can be opened by this name."""
