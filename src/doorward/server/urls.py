"""Which address leads where."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from doorward.server.api import api

admin.site.site_header = admin.site.site_title = "Doorward"
admin.site.index_title = "What is kept"
admin.site.enable_nav_sidebar = False

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("api/v1/", api.urls),
    path("console/", admin.site.urls),
]
