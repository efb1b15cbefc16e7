"""Measuring retrieval and answers: qrels, runs, measures, reports and benchmarks."""
