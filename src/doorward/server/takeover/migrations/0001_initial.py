"""The tables of takeovers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import doorward.server.fields


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = [
        ("devices", "0004_agent"),
        ("jobs", "0001_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Takeover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reading", "devices are being read"),
                            ("compared", "waits for your word; nothing was changed yet"),
                            ("applying", "being applied"),
                            ("applied", "applied"),
                            ("failed", "failed; nothing was changed"),
                        ],
                        default="reading",
                        max_length=10,
                    ),
                ),
                ("created", models.DateTimeField()),
                ("compared", models.DateTimeField(blank=True, null=True)),
                ("applied", models.DateTimeField(blank=True, null=True)),
                ("expires", models.DateTimeField(db_index=True)),
                ("people", models.PositiveIntegerField(default=0)),
                ("added", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("conflict_count", models.PositiveIntegerField(default=0)),
                ("groups", models.JSONField(default=list)),
                ("remarks", models.JSONField(default=list)),
                ("plan", models.CharField(blank=True, default="", max_length=64)),
                ("words", models.TextField(blank=True, default="")),
                (
                    "job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="jobs.job",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="takeovers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "takeover",
                "verbose_name_plural": "takeovers",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ReadDevice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("people", models.PositiveIntegerField(default=0)),
                ("tables", models.JSONField(null=True)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="devices.device"
                    ),
                ),
                (
                    "of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="devices", to="takeover.takeover"
                    ),
                ),
            ],
            options={
                "verbose_name": "device of a takeover",
                "verbose_name_plural": "devices of takeovers",
            },
        ),
        migrations.CreateModel(
            name="TakeoverConflict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(db_index=True)),
                ("field", models.CharField(max_length=40)),
                ("options", models.JSONField(default=list)),
                ("choice", models.CharField(blank=True, default="", max_length=20)),
                (
                    "of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="conflicts", to="takeover.takeover"
                    ),
                ),
            ],
            options={
                "verbose_name": "conflict of a takeover",
                "verbose_name_plural": "conflicts of takeovers",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ReadPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(db_index=True)),
                ("content", doorward.server.fields.EncryptedBytesField(blank=True, default=b"")),
                (
                    "of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="read_people",
                        to="takeover.readdevice",
                    ),
                ),
            ],
            options={
                "verbose_name": "person on a device of a takeover",
                "verbose_name_plural": "people on devices of takeovers",
                "constraints": [models.UniqueConstraint(fields=("of", "number"), name="read_person_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="readdevice",
            constraint=models.UniqueConstraint(fields=("of", "device"), name="read_device_once"),
        ),
        migrations.AddConstraint(
            model_name="takeoverconflict",
            constraint=models.UniqueConstraint(fields=("of", "number", "field"), name="conflict_once"),
        ),
    ]
