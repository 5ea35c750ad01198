"""Access groups, schedules and holidays."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = [
        ("doors", "0002_doors_of_devices"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        unique=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(128),
                        ],
                        verbose_name="number",
                    ),
                ),
                ("name", models.CharField(max_length=32, unique=True, verbose_name="name")),
            ],
            options={
                "verbose_name": "access group",
                "verbose_name_plural": "access groups",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="Holiday",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        unique=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(32),
                        ],
                        verbose_name="number",
                    ),
                ),
                ("name", models.CharField(max_length=32, unique=True, verbose_name="name")),
                ("periods", models.JSONField(default=list, verbose_name="days")),
            ],
            options={
                "verbose_name": "table of holidays",
                "verbose_name_plural": "tables of holidays",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        unique=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(126),
                        ],
                        verbose_name="number",
                    ),
                ),
                ("name", models.CharField(max_length=32, unique=True, verbose_name="name")),
                ("days", models.JSONField(default=list, verbose_name="days")),
            ],
            options={
                "verbose_name": "schedule",
                "verbose_name_plural": "schedules",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="FreedNumber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("group", "access group"), ("schedule", "schedule"), ("holiday", "table of holidays")],
                        max_length=10,
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "freed number",
                "constraints": [models.UniqueConstraint(fields=("kind", "number"), name="freed_number_once")],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="access.accessgroup"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="people.person"
                    ),
                ),
            ],
            options={
                "verbose_name": "member of a group",
                "verbose_name_plural": "members of groups",
            },
        ),
        migrations.AddField(
            model_name="accessgroup",
            name="people",
            field=models.ManyToManyField(related_name="access_groups", through="access.Membership", to="people.person"),
        ),
        migrations.CreateModel(
            name="AccessRight",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "door",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rights",
                        to="doors.door",
                        verbose_name="door",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rights", to="access.accessgroup"
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rights",
                        to="access.schedule",
                        verbose_name="schedule",
                    ),
                ),
            ],
            options={
                "verbose_name": "right at a door",
                "verbose_name_plural": "rights at doors",
                "ordering": ["group", "door"],
            },
        ),
        migrations.CreateModel(
            name="ScheduleHoliday",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField(default=0)),
                ("intervals", models.JSONField(default=list, verbose_name="hours")),
                (
                    "holiday",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="schedules", to="access.holiday"
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="holidays", to="access.schedule"
                    ),
                ),
            ],
            options={
                "verbose_name": "holiday of a schedule",
                "verbose_name_plural": "holidays of schedules",
                "ordering": ["schedule", "place"],
            },
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("group", "person"), name="member_once_in_group"),
        ),
        migrations.AddConstraint(
            model_name="accessright",
            constraint=models.UniqueConstraint(fields=("group", "door"), name="right_once_in_group"),
        ),
        migrations.AddConstraint(
            model_name="scheduleholiday",
            constraint=models.UniqueConstraint(fields=("schedule", "holiday"), name="holiday_once_in_schedule"),
        ),
    ]
