"""Pages of access groups, schedules and holidays."""

from __future__ import annotations

from doorward.server.access import check_pages, group_pages, holiday_pages, schedule_pages

console_urlpatterns = [
    *group_pages.urlpatterns,
    *schedule_pages.urlpatterns,
    *holiday_pages.urlpatterns,
    *check_pages.urlpatterns,
]
