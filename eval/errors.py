"""Errors of evaluation. Each message says what to do next."""


class EvalError(Exception):
    """Base of what evaluation raises itself; shown to the user as it is."""


class BadDataset(EvalError):
    """A data set or question set that is missing, incomplete or broken; the message names file and line."""


class BadRun(EvalError):
    """A run or a result that cannot be read or written."""


class BadOption(EvalError):
    """An option that cannot be used."""


class NotComparable(EvalError):
    """Results that were measured on different data, questions or measures."""
