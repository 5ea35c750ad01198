"""The tables of imports."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import doorward.server.fields


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = [
        ("jobs", "0001_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(choices=[("people", "people"), ("photos", "photos")], max_length=10)),
                ("kind", models.CharField(choices=[("csv", "CSV"), ("xlsx", "XLSX"), ("zip", "ZIP")], max_length=10)),
                ("file_name", models.CharField(max_length=150)),
                ("size", models.BigIntegerField()),
                ("received", models.BigIntegerField(default=0)),
                ("stored_name", models.CharField(blank=True, default="", max_length=80)),
                ("options", models.JSONField(default=dict)),
                ("rights", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("receiving", "being uploaded"),
                            ("checking", "being checked"),
                            ("faulty", "has faults; nothing was changed"),
                            ("checked", "waits for your word; nothing was changed yet"),
                            ("applying", "being applied"),
                            ("applied", "applied"),
                            ("undoing", "being undone"),
                            ("undone", "undone"),
                            ("failed", "failed; nothing was changed"),
                        ],
                        default="receiving",
                        max_length=10,
                    ),
                ),
                ("created", models.DateTimeField()),
                ("checked", models.DateTimeField(blank=True, null=True)),
                ("applied", models.DateTimeField(blank=True, null=True)),
                ("undone", models.DateTimeField(blank=True, null=True)),
                ("expires", models.DateTimeField(db_index=True)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("added", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("problem_count", models.PositiveIntegerField(default=0)),
                ("left", models.PositiveIntegerField(default=0)),
                ("departments", models.JSONField(default=list)),
                ("headings", models.JSONField(default=list)),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="imports", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ImportProblem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveIntegerField()),
                ("column", models.CharField(blank=True, default="", max_length=200)),
                ("value", models.TextField(blank=True, default="")),
                ("allowed", models.TextField(blank=True, default="")),
                (
                    "of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="problems", to="imports.import"
                    ),
                ),
            ],
            options={
                "verbose_name": "fault of an import",
                "verbose_name_plural": "faults of imports",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ImportedPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(db_index=True)),
                ("row", models.PositiveIntegerField(default=0)),
                ("name", models.CharField(blank=True, default="", max_length=100)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("added", "added"), ("changed", "changed"), ("unchanged", "as before")], max_length=10
                    ),
                ),
                ("changes", models.JSONField(default=dict)),
                ("before", doorward.server.fields.EncryptedBytesField(blank=True, default=b"")),
                ("after", doorward.server.fields.EncryptedBytesField(blank=True, default=b"")),
                (
                    "undone",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", ""),
                            ("removed", "removed again"),
                            ("restored", "as before the import"),
                            ("left", "left as is: changed since"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="people", to="imports.import"
                    ),
                ),
            ],
            options={
                "verbose_name": "person of an import",
                "verbose_name_plural": "people of imports",
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("of", "number"), name="imported_person_once")],
            },
        ),
    ]
