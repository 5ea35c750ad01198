"""What devices should hold, do hold, and what waits for them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A step of the database."""

    initial = True

    dependencies = [
        ("devices", "0002_what_the_gateway_sees_and_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="ManagedDevice",
            fields=[
                (
                    "device",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="managing",
                        serialize=False,
                        to="devices.device",
                    ),
                ),
                ("managed", models.BooleanField(default=False, verbose_name="people and rights come from here")),
                ("since", models.DateTimeField(blank=True, null=True)),
                ("by", models.CharField(blank=True, default="", max_length=150)),
                (
                    "hand_edits",
                    models.CharField(
                        choices=[("ask", "Ask"), ("overwrite", "Overwrite")],
                        default="ask",
                        max_length=10,
                        verbose_name="changes at the device",
                    ),
                ),
                ("check_wanted", models.DateTimeField(blank=True, null=True)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "comparing",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "not needed"), (1, "needed"), (2, "needed before anything else")], default=0
                    ),
                ),
                ("comparing_stamp", models.BigIntegerField(default=0)),
                ("tables_digest", models.JSONField(default=dict)),
                ("groups", models.JSONField(default=list)),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("words", models.TextField(blank=True, default="")),
            ],
            options={
                "verbose_name": "device with people",
                "verbose_name_plural": "devices with people",
                "ordering": ["device_id"],
            },
        ),
        migrations.CreateModel(
            name="PersonStamp",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("stamp", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "stamp of a person",
                "verbose_name_plural": "stamps of people",
            },
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("unknown", "on the device alone"),
                            ("missing", "gone from the device"),
                            ("changed", "changed at the device"),
                            ("tables", "schedules, holidays or access groups changed at the device"),
                        ],
                        max_length=10,
                    ),
                ),
                ("found_at", models.DateTimeField()),
                ("words", models.TextField(blank=True, default="")),
                ("digest", models.BinaryField(default=b"")),
                (
                    "answer",
                    models.CharField(choices=[("open", "open"), ("kept", "kept")], default="open", max_length=10),
                ),
                ("answered_by", models.CharField(blank=True, default="", max_length=150)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "device",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="differences",
                        to="devices.device",
                    ),
                ),
            ],
            options={
                "verbose_name": "difference at a device",
                "verbose_name_plural": "differences at devices",
                "ordering": ["device_id", "number"],
                "constraints": [models.UniqueConstraint(fields=("device", "number"), name="difference_device_number")],
            },
        ),
        migrations.CreateModel(
            name="Held",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField()),
                ("digest", models.BinaryField(default=b"")),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="held_people",
                        to="devices.device",
                    ),
                ),
            ],
            options={
                "verbose_name": "person on a device",
                "verbose_name_plural": "people on devices",
                "ordering": ["device_id", "number"],
                "indexes": [models.Index(fields=["number"], name="held_number")],
                "constraints": [models.UniqueConstraint(fields=("device", "number"), name="held_device_number")],
            },
        ),
        migrations.CreateModel(
            name="Waiting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField()),
                (
                    "urgency",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "takes something away"), (2, "gives or changes something")]
                    ),
                ),
                ("since", models.DateTimeField()),
                ("stamp", models.BigIntegerField()),
                ("due", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("problem", models.TextField(blank=True, default="")),
                (
                    "device",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waiting_people",
                        to="devices.device",
                    ),
                ),
            ],
            options={
                "verbose_name": "waiting change",
                "verbose_name_plural": "waiting changes",
                "ordering": ["urgency", "device_id", "number"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("due__isnull", False)),
                        fields=["urgency", "device", "number"],
                        name="waiting_due",
                    ),
                    models.Index(fields=["number"], name="waiting_number"),
                ],
                "constraints": [models.UniqueConstraint(fields=("device", "number"), name="waiting_device_number")],
            },
        ),
    ]
