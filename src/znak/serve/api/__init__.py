"""The HTTP API: OpenAI's Images API, durable jobs, files, health. `create_app(settings)` is the app."""

from znak.serve.api.app import create_app
from znak.serve.api.server import make_server

__all__ = ["create_app", "make_server"]
