"""Errors of the library. Each message says what to do next."""

from assistant.errors import AssistantError


class UnknownJob(AssistantError):
    """No job of that id, or one that has been forgotten."""


class QueueFull(AssistantError):
    """More uploads wait than the server keeps."""


class NoOriginal(AssistantError):
    """The file that a notice was read from is not here, so it cannot be read again."""


class NotAccepted(AssistantError):
    """Files that are refused before any reader sees them. ``status`` is the HTTP status of the reason."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
