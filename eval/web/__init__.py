"""The evaluation pages that `notices-eval serve` adds to the assistant's application."""
