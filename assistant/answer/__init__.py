"""From a question to a complete, cited answer: understanding, matching, composing, refusing."""
