"""Official notices as text with structure: reading, outline, passages and facts."""
