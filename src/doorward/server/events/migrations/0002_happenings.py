"""Happenings beside events, and their outbox."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the two tables."""

    dependencies = [
        ("devices", "0001_initial"),
        ("events", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Happening",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                ("data", models.TextField()),
                (
                    "device",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="happenings",
                        to="devices.device",
                    ),
                ),
            ],
            options={
                "verbose_name": "happening",
                "verbose_name_plural": "happenings",
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="OutboxEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("device_id", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                ("data", models.TextField()),
            ],
            options={
                "verbose_name": "happening on its way",
                "verbose_name_plural": "happenings on their way",
                "ordering": ["pk"],
            },
        ),
    ]
