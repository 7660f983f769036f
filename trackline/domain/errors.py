"""The few ways in which a request can be wrong. The message is written for the person who reads it."""


class RequestError(Exception):
    """A request that cannot be carried out as it stands."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidParameter(RequestError):
    """Something that was given is not of its form, or out of bounds."""


class BadRequest(RequestError):
    """The request as a whole cannot be read."""


class NotFound(RequestError):
    """What was named does not exist (or is deleted, where only living things count)."""


class AlreadyExists(RequestError):
    """The name is taken."""


class InvalidState(RequestError):
    """The thing exists, but is not in a state that allows this."""


class NotSignedIn(RequestError):
    """Whoever asks must say who they are, and what they said (if anything) does not fit."""


class NotAllowed(RequestError):
    """Whoever asks is known, and may not do this."""


class NotServed(RequestError):
    """The server was told not to offer this."""
