"""Roles, sessions and scopes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """New tables and columns."""

    dependencies = [
        ("devices", "0001_initial"),
        ("operators", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Role",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=100, unique=True)),
                ("purpose", models.CharField(blank=True, default="", max_length=300)),
                ("rights", models.JSONField(default=list)),
                ("built_in", models.BooleanField(default=False, editable=False)),
                ("second_factor", models.BooleanField(default=False, verbose_name="second factor required")),
            ],
            options={
                "verbose_name": "role",
                "verbose_name_plural": "roles",
                "ordering": ["name"],
            },
        ),
        migrations.AlterModelManagers(
            name="operator",
            managers=[],
        ),
        migrations.AddField(
            model_name="apitoken",
            name="last_address",
            field=models.CharField(blank=True, default="", max_length=45),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="scopes",
            field=models.JSONField(blank=True, default=None, null=True),
        ),
        migrations.AddField(
            model_name="operator",
            name="language",
            field=models.CharField(blank=True, default="", max_length=10),
        ),
        migrations.AddField(
            model_name="operator",
            name="password_changed",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="OperatorSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key_digest", models.BinaryField(max_length=32, unique=True)),
                ("begun", models.DateTimeField()),
                ("seen", models.DateTimeField()),
                ("address", models.CharField(blank=True, default="", max_length=45)),
                ("browser", models.CharField(blank=True, default="", max_length=300)),
                ("ended", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, default="", max_length=150)),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="console_sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "ordering": ["-seen", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="RoleAssignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="devices.devicegroup",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assignments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="operators.role"
                    ),
                ),
            ],
            options={
                "verbose_name": "role of an operator",
                "verbose_name_plural": "roles of operators",
                "ordering": ["operator", "role", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("operator", "role", "group"), name="role_assignment"),
                    models.UniqueConstraint(
                        condition=models.Q(("group__isnull", True)),
                        fields=("operator", "role"),
                        name="role_assignment_everywhere",
                    ),
                ],
            },
        ),
    ]
