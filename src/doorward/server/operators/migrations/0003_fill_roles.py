"""The built-in roles, and who has them: accounts above all rights become administrators, the rest monitors."""

from typing import Any

from django.db import migrations

from doorward.server.operators.rights import BUILT_IN_ROLES

ADMINISTRATOR, MONITOR = "administrator", "monitor"


def fill(apps: Any, schema_editor: Any) -> None:
    """Make the roles and give them."""
    Role = apps.get_model("operators", "Role")
    RoleAssignment = apps.get_model("operators", "RoleAssignment")
    roles = {
        slug: Role.objects.create(slug=slug, name=slug.capitalize(), purpose=purpose, built_in=True)
        for slug, (purpose, _) in BUILT_IN_ROLES.items()
    }
    for operator in apps.get_model("operators", "Operator").objects.all():
        slug = ADMINISTRATOR if operator.is_superuser else MONITOR if operator.is_staff else ""
        if slug:
            RoleAssignment.objects.create(operator=operator, role=roles[slug])


class Migration(migrations.Migration):
    """Rows alone."""

    dependencies = [
        ("operators", "0002_roles"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
