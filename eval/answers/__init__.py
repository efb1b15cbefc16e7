"""Answers measured, exactly and without a judging model."""
