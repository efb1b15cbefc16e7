"""Errors of evaluation. Each message says what to do next."""


class EvalError(Exception):
    """Base of what evaluation raises itself; shown to the user as it is."""


class BadDataset(EvalError):
    """A data set that is missing, incomplete or broken; the message names file and line."""


class BadRun(EvalError):
    """A run that cannot be written."""


class BadOption(EvalError):
    """An option that cannot be used."""
