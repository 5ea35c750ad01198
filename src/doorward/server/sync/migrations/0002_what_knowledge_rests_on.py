"""The secret of the digests of what devices hold, the zone of the site, and devices to be put right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations, models
from django.db.models.functions import Now

import doorward.server.fields

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def doubt_digests(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The digests were made with another secret: devices are read, and what is there as it should be stays."""
    del schema_editor
    apps.get_model("sync", "Held").objects.exclude(digest=b"").update(digest=b"")
    apps.get_model("sync", "Difference").objects.all().delete()
    managed = apps.get_model("sync", "ManagedDevice").objects.filter(managed=True)
    managed.update(tables_digest={}, check_wanted=Now())


class Migration(migrations.Migration):
    """A step of the database."""

    dependencies = [
        ("sync", "0001_what_devices_hold"),
    ]

    operations = [
        migrations.CreateModel(
            name="Basis",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("secret", doorward.server.fields.EncryptedBytesField()),
                ("zone", models.CharField(blank=True, default="", max_length=100)),
            ],
            options={
                "verbose_name": "basis of what is known of devices",
                "verbose_name_plural": "bases of what is known of devices",
            },
        ),
        migrations.AddField(
            model_name="manageddevice",
            name="put_right",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(doubt_digests, migrations.RunPython.noop, elidable=False),
    ]
