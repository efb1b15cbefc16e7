"""Readers: bytes in, text out. One file a format; the format is told by content, not by extension."""
