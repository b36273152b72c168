"""The Textual app: screens that route, and an engine that knows nothing of Textual."""
