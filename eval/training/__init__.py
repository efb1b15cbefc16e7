"""Training what the product ships and what needs question sets: the ranker."""
