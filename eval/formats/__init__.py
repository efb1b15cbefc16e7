"""The files that evaluators exchange: BEIR folders, TREC judgements and runs, question sets, feedback."""
