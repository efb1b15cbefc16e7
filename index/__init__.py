"""Search over passages: analysis, lexical and vector indexes, fusion and the store."""
