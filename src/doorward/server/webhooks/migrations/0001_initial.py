"""Webhooks, and what could not be delivered."""

import django.db.models.deletion
from django.db import migrations, models

import doorward.server.fields


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kinds", models.JSONField(blank=True, default=list)),
                ("devices", models.JSONField(blank=True, default=list)),
                ("categories", models.JSONField(blank=True, default=list)),
                ("name", models.CharField(max_length=100, unique=True)),
                ("url", doorward.server.fields.EncryptedTextField(blank=True, default="")),
                ("secret", doorward.server.fields.EncryptedTextField(blank=True, default="")),
                ("enabled", models.BooleanField(default=True)),
                ("disabled_reason", models.TextField(blank=True, default="")),
                ("created", models.DateTimeField()),
                ("created_by", models.CharField(blank=True, default="", max_length=150)),
                ("changed", models.DateTimeField()),
                ("cursor", models.BigIntegerField()),
                ("delivery", models.CharField(blank=True, default="", max_length=36)),
                ("delivery_until", models.BigIntegerField(blank=True, null=True)),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_attempt", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.TextField(blank=True, default="")),
                ("last_delivered", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="DeadLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kinds", models.JSONField(blank=True, default=list)),
                ("devices", models.JSONField(blank=True, default=list)),
                ("categories", models.JSONField(blank=True, default=list)),
                ("delivery", models.CharField(max_length=36)),
                ("after", models.BigIntegerField()),
                ("until", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("failing_since", models.DateTimeField()),
                ("given_up", models.DateTimeField()),
                ("error", models.TextField(blank=True, default="")),
                ("wanted_again", models.DateTimeField(blank=True, null=True)),
                ("delivered", models.DateTimeField(blank=True, null=True)),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="dead_letters", to="webhooks.webhook"
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery that was given up",
                "verbose_name_plural": "deliveries that were given up",
                "ordering": ["-given_up", "-pk"],
            },
        ),
    ]
