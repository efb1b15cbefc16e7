"""Errors of reading. Each message says what to do next."""


class CorpusError(Exception):
    """Base of everything that reading a notice may raise; shown to the user as it is."""


class MissingPath(CorpusError):
    """The path that was named is not there."""


class UnreadableFile(CorpusError):
    """The file is there but holds no text that could be read."""
