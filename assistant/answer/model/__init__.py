"""The optional language model: it may word an answer and read an unclear question; what it writes is verified."""
