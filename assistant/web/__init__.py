"""The web surface: HTTP API, Gradio page, readable notice page."""
