"""Questions to complete, cited answers: composing, command line, HTTP and page."""
