"""The key check and the runs of the server."""

from django.db import migrations, models

import doorward.server.fields


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="KeyCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "value",
                    doorward.server.fields.EncryptedTextField(blank=True, default="", verbose_name="check value"),
                ),
            ],
            options={
                "verbose_name": "key check",
            },
        ),
        migrations.CreateModel(
            name="ServerRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started", models.DateTimeField()),
                ("beat", models.DateTimeField()),
                ("stopped", models.DateTimeField(blank=True, null=True)),
                ("host", models.CharField(max_length=255)),
                ("process", models.PositiveIntegerField()),
                ("version", models.CharField(max_length=50)),
                ("web_address", models.CharField(default="", max_length=255)),
                ("device_address", models.CharField(default="", max_length=255)),
            ],
            options={
                "verbose_name": "run of the server",
                "verbose_name_plural": "runs of the server",
                "ordering": ["-started"],
            },
        ),
    ]
