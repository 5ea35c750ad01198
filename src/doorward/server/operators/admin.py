"""Pages of operators and their tokens."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from doorward.server.operators.models import ApiToken, Operator
from doorward.server.read_only_admin import ReadOnlyAdmin

admin.site.register(Operator, UserAdmin)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens of programs; made and revoked by ``doorward tokens``, where the secret part is shown once."""

    list_display = (
        "name",
        "prefix",
        "operator",
        "created",
        "expires",
        "last_used",
        "revoked",
    )
    exclude = ("digest",)
