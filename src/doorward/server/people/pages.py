"""Pages of people, their departments, own fields and card formats."""

from __future__ import annotations

from doorward.server.people import form_pages, list_pages, person_pages, set_up_pages

console_urlpatterns = [
    *list_pages.urlpatterns,
    *form_pages.urlpatterns,
    *set_up_pages.urlpatterns,
    *person_pages.urlpatterns,
]
