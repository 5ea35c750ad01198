"""Events, alarms, pictures and gaps."""

import django.db.models.deletion
from django.db import migrations, models

import doorward.server.fields
from doorward.server.events.partitioned_table import CreatePartitionedModel


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = [
        ("devices", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="StreamPosition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "position of the stream",
            },
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[("event", "an event at a device"), ("server", "the server")],
                        default="event",
                        max_length=10,
                    ),
                ),
                ("kind", models.CharField(max_length=80)),
                ("event", models.BigIntegerField(blank=True, null=True)),
                ("words", models.TextField()),
                ("raised", models.DateTimeField(db_index=True)),
                ("cleared", models.DateTimeField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("acknowledged", "acknowledged")],
                        db_index=True,
                        default="open",
                        max_length=15,
                    ),
                ),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("acknowledged_by", models.CharField(blank=True, default="", max_length=150)),
                ("note", models.TextField(blank=True, default="")),
                (
                    "device",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alarms",
                        to="devices.device",
                    ),
                ),
            ],
            options={
                "verbose_name": "alarm",
                "verbose_name_plural": "alarms",
                "ordering": ["-raised", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="EventImage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("origin", models.BigIntegerField()),
                ("local_time", models.BigIntegerField()),
                ("code", models.IntegerField()),
                ("person", models.BigIntegerField()),
                ("digest", models.BinaryField(max_length=32)),
                ("picture", doorward.server.fields.EncryptedBytesField()),
                ("received", models.DateTimeField(db_index=True)),
            ],
            options={
                "verbose_name": "picture",
                "verbose_name_plural": "pictures",
                "indexes": [models.Index(fields=["origin", "local_time"], name="event_image_event")],
                "constraints": [models.UniqueConstraint(fields=("origin", "digest"), name="event_image_digest")],
            },
        ),
        migrations.CreateModel(
            name="Gap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=30)),
                ("reason", models.TextField()),
                ("since", models.DateTimeField(blank=True, null=True)),
                ("until", models.DateTimeField()),
                ("first_local", models.BigIntegerField(blank=True, null=True)),
                ("last_local", models.BigIntegerField(blank=True, null=True)),
                ("missing", models.PositiveIntegerField(default=0)),
                ("found", models.DateTimeField()),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="gaps",
                        to="devices.device",
                    ),
                ),
            ],
            options={
                "verbose_name": "gap in the record",
                "verbose_name_plural": "gaps in the record",
                "ordering": ["-found", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="RetiredMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("origin", models.BigIntegerField()),
                ("start", models.BigIntegerField()),
                ("end", models.BigIntegerField()),
                ("removed", models.DateTimeField()),
                ("count", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "retired month",
                "verbose_name_plural": "retired months",
                "constraints": [models.UniqueConstraint(fields=("origin", "start"), name="retired_month_origin")],
            },
        ),
        CreatePartitionedModel(
            name="Event",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("origin", models.BigIntegerField()),
                ("local_time", models.BigIntegerField()),
                ("code", models.IntegerField()),
                ("sub_code", models.IntegerField()),
                ("attendance_key", models.IntegerField()),
                ("person", models.BigIntegerField()),
                ("ordinal", models.IntegerField()),
                ("image_slot", models.IntegerField()),
                ("record", models.BinaryField()),
                ("utc", models.DateTimeField()),
                ("received", models.DateTimeField()),
                (
                    "category",
                    models.SmallIntegerField(
                        choices=[
                            (0, "unknown"),
                            (1, "access granted"),
                            (2, "access denied"),
                            (3, "identification"),
                            (4, "alarm"),
                            (5, "door"),
                            (6, "input/output"),
                            (7, "user management"),
                            (8, "network"),
                            (9, "system"),
                        ]
                    ),
                ),
                (
                    "severity",
                    models.SmallIntegerField(choices=[(0, "info"), (1, "notice"), (2, "warning"), (3, "alarm")]),
                ),
                ("generation", models.SmallIntegerField(choices=[(0, "unknown"), (1, "biostar1"), (2, "biostar2")])),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="devices.device",
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "ordering": ["position"],
                "indexes": [models.Index(fields=["utc"], name="event_utc")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("origin", "local_time", "code", "sub_code", "attendance_key", "person", "ordinal"),
                        name="event_key",
                    )
                ],
            },
        ),
    ]
