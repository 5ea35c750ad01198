"""Columns that gave rights beside the roles are gone."""

from django.db import migrations


class Migration(migrations.Migration):
    """Old columns."""

    dependencies = [
        ("operators", "0003_fill_roles"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="operator",
            name="groups",
        ),
        migrations.RemoveField(
            model_name="operator",
            name="is_staff",
        ),
        migrations.RemoveField(
            model_name="operator",
            name="is_superuser",
        ),
        migrations.RemoveField(
            model_name="operator",
            name="user_permissions",
        ),
    ]
