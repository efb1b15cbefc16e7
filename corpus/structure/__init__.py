"""From text to tree: lines, numbering, headings, header fields, passages."""
