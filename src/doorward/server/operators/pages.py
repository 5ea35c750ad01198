"""The pages of this app: signing in and one's own account, operators, roles, tokens."""

from __future__ import annotations

from django.urls import URLPattern

from doorward.server.operators import manage_pages, own_pages, role_pages, token_pages

console_urlpatterns: list[URLPattern] = [
    *own_pages.urlpatterns,
    *manage_pages.urlpatterns,
    *role_pages.urlpatterns,
    *token_pages.urlpatterns,
]
