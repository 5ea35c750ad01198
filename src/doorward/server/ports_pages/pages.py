"""The pages of this app."""

from __future__ import annotations

from django.urls import URLPattern

from doorward.server.ports_pages import check_pages, move_pages, plan_pages, probe_pages

console_urlpatterns: list[URLPattern] = [
    *plan_pages.urlpatterns,
    *check_pages.urlpatterns,
    *probe_pages.urlpatterns,
    *move_pages.urlpatterns,
]
