"""Labelling: what several systems find is judged by people, without their seeing which system found it."""
