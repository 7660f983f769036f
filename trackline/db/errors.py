"""What can go wrong with a database as such, whatever it holds."""


class DatabaseRefused(Exception):
    """The database must not be used as it is; nothing in it was touched. `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Overloaded(Exception):
    """More work is waiting than may wait; the caller should come back in `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"The server has too many requests waiting; try again in {retry_after} s.")
        self.retry_after = retry_after


class Unavailable(Exception):
    """The database did not take the work for a reason outside the request: a full disk, an I/O error, a lock."""


class TookTooLong(Exception):
    """What was asked for would keep the database busy for longer than one request may."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"The database was still looking after {seconds} s and gave it up. Ask for less: fewer experiments, a "
            "filter that fewer things pass, an order by fewer columns."
        )


class NotStorable(Exception):
    """A value in the request is one that this database has no place for; the message says which and why."""
