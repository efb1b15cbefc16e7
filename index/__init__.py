"""Search over passages: analysis, lexical and vector indexes, fusion and the store."""

import os

# One query is one thread's work: idle threads of the matrix library spin, 20 ms a query on a busy machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is first imported
