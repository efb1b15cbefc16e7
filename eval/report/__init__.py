"""Reports of results: one self-contained HTML page, Markdown, JSON, CSV."""
