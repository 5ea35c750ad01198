"""The ASGI application, for uvicorn."""

from __future__ import annotations

from django.core.asgi import get_asgi_application

from doorward.server.web_limits import BodyLimit

application = BodyLimit(get_asgi_application())
