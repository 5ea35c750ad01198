"""Doors, their states, and floor plans with the places of doors."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A step of the database."""

    initial = True

    dependencies = [
        ("devices", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Door",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        default=0, validators=[django.core.validators.MaxValueValidator(1)], verbose_name="number"
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=100, verbose_name="name")),
                ("enabled", models.BooleanField(default=True, verbose_name="in use")),
                ("has_relay", models.BooleanField(blank=True, editable=False, null=True)),
                ("has_sensor", models.BooleanField(blank=True, editable=False, null=True)),
                ("open_seconds", models.IntegerField(blank=True, editable=False, null=True)),
                ("held_open_seconds", models.IntegerField(blank=True, editable=False, null=True)),
                ("normal_open_schedule", models.IntegerField(default=0, editable=False)),
                ("normal_closed_schedule", models.IntegerField(default=0, editable=False)),
                ("read_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="doors",
                        to="devices.device",
                        verbose_name="device",
                    ),
                ),
            ],
            options={
                "verbose_name": "door",
                "verbose_name_plural": "doors",
                "ordering": ["device_id", "number"],
            },
        ),
        migrations.CreateModel(
            name="FollowedPosition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField(default=0)),
                ("cleared", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "position of the states of doors",
            },
        ),
        migrations.CreateModel(
            name="DoorState",
            fields=[
                (
                    "door",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="state",
                        serialize=False,
                        to="doors.door",
                    ),
                ),
                (
                    "lock",
                    models.CharField(
                        choices=[("locked", "locked"), ("unlocked", "unlocked"), ("unknown", "not known")],
                        default="unknown",
                        max_length=10,
                    ),
                ),
                ("lock_since", models.DateTimeField(null=True)),
                ("lock_by", models.CharField(default="", max_length=150)),
                ("lock_person", models.BigIntegerField(default=0)),
                ("unlocked_until", models.DateTimeField(null=True)),
                (
                    "leaf",
                    models.CharField(
                        choices=[("closed", "closed"), ("open", "open"), ("unknown", "not known")],
                        default="unknown",
                        max_length=10,
                    ),
                ),
                ("leaf_since", models.DateTimeField(null=True)),
                (
                    "mode",
                    models.CharField(
                        choices=[("normal", "normal"), ("held open", "held open"), ("locked down", "locked down")],
                        default="normal",
                        max_length=20,
                    ),
                ),
                ("mode_since", models.DateTimeField(null=True)),
                ("mode_by", models.CharField(default="", max_length=150)),
                ("forced_since", models.DateTimeField(null=True)),
                ("held_since", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("person", models.BigIntegerField(default=0)),
                ("person_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "state of a door",
                "verbose_name_plural": "states of doors",
            },
        ),
        migrations.CreateModel(
            name="FloorPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
                ("picture", models.BinaryField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("image/png", "PNG"), ("image/jpeg", "JPEG"), ("image/webp", "WebP")], max_length=20
                    ),
                ),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("changed", models.DateTimeField(auto_now=True)),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="devices.devicegroup",
                        verbose_name="group",
                    ),
                ),
            ],
            options={
                "verbose_name": "floor plan",
                "verbose_name_plural": "floor plans",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="DoorPlacement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "x",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0.0),
                            django.core.validators.MaxValueValidator(1.0),
                        ]
                    ),
                ),
                (
                    "y",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0.0),
                            django.core.validators.MaxValueValidator(1.0),
                        ]
                    ),
                ),
                (
                    "door",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="placements", to="doors.door"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="placements", to="doors.floorplan"
                    ),
                ),
            ],
            options={
                "verbose_name": "place of a door",
                "verbose_name_plural": "places of doors",
            },
        ),
        migrations.AddConstraint(
            model_name="door",
            constraint=models.UniqueConstraint(fields=("device", "number"), name="door_of_device"),
        ),
        migrations.AddConstraint(
            model_name="doorplacement",
            constraint=models.UniqueConstraint(fields=("plan", "door"), name="door_once_on_plan"),
        ),
    ]
