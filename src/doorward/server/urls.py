"""Which address leads where."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from doorward.server.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="console:dashboard"), name="home"),
    path("api/v1/", api.urls),
    # The console's own pages come first; the lists and forms of what is kept take the rest.
    path("console/", include("doorward.server.console.urls")),
    path("console/", admin.site.urls),
]

handler400 = "doorward.server.console.errors.bad_request"
handler403 = "doorward.server.console.errors.not_allowed"
handler404 = "doorward.server.console.errors.not_found"
handler500 = "doorward.server.console.errors.failed"
