"""Errors of the surfaces. Each message says what to do next."""


class AssistantError(Exception):
    """Base of what the surfaces raise themselves; shown to the user as it is."""


class BadRequest(AssistantError):
    """Input that cannot be used: a batch line, an option, a JSON body."""
