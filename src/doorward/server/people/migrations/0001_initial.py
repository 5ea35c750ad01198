"""Departments, people, what they show at a door, and own fields."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import doorward.server.fields


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CardFormat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
                (
                    "reading",
                    models.CharField(
                        choices=[("csn", "serial number of the chip"), ("wiegand", "Wiegand bits")],
                        default="csn",
                        max_length=10,
                        verbose_name="reading",
                    ),
                ),
                (
                    "byte_order",
                    models.CharField(
                        choices=[("msb", "most significant first"), ("lsb", "least significant first")],
                        default="msb",
                        max_length=5,
                        verbose_name="order of bytes",
                    ),
                ),
                ("bits", models.PositiveSmallIntegerField(default=0, verbose_name="bits")),
                (
                    "facility_start",
                    models.PositiveSmallIntegerField(default=0, verbose_name="first bit of the facility code"),
                ),
                (
                    "facility_length",
                    models.PositiveSmallIntegerField(default=0, verbose_name="bits of the facility code"),
                ),
                (
                    "facility_use",
                    models.CharField(
                        choices=[
                            ("ignored", "not kept"),
                            ("joined", "stands before the number"),
                            ("custom-id", "kept as the custom ID"),
                        ],
                        default="ignored",
                        max_length=10,
                        verbose_name="use of the facility code",
                    ),
                ),
                ("number_start", models.PositiveSmallIntegerField(default=0, verbose_name="first bit of the number")),
                ("number_length", models.PositiveSmallIntegerField(default=0, verbose_name="bits of the number")),
                ("parity", models.JSONField(blank=True, default=list, verbose_name="parity")),
            ],
            options={
                "verbose_name": "card format",
                "verbose_name_plural": "card formats",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="ErasedPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(unique=True, verbose_name="number")),
                ("pseudonym", models.CharField(max_length=40, unique=True, verbose_name="pseudonym")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(blank=True, default="", max_length=150, verbose_name="by")),
            ],
            options={
                "verbose_name": "erased person",
                "verbose_name_plural": "erased people",
                "ordering": ["-at"],
            },
        ),
        migrations.CreateModel(
            name="LastGivenNumber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "last given number",
            },
        ),
        migrations.CreateModel(
            name="PersonField",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=40, unique=True, verbose_name="short name")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("text", "text"), ("number", "number"), ("date", "date"), ("choice", "choice")],
                        default="text",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("choices", models.JSONField(blank=True, default=list, verbose_name="choices")),
                ("order", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
            ],
            options={
                "verbose_name": "own field",
                "verbose_name_plural": "own fields",
                "ordering": ["order", "name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Department",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="people.department",
                        verbose_name="lies in",
                    ),
                ),
            ],
            options={
                "verbose_name": "department",
                "verbose_name_plural": "departments",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.BigIntegerField(
                        unique=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(4294967295),
                        ],
                        verbose_name="number",
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=100, verbose_name="name")),
                ("email", models.CharField(blank=True, default="", max_length=254, verbose_name="mail")),
                ("phone", models.CharField(blank=True, default="", max_length=40, verbose_name="telephone")),
                ("notes", models.TextField(blank=True, default="", verbose_name="notes")),
                ("photo", doorward.server.fields.EncryptedBytesField(blank=True, default=b"", verbose_name="photo")),
                ("photo_digest", models.CharField(blank=True, default="", editable=False, max_length=64)),
                ("valid_from", models.DateTimeField(blank=True, null=True, verbose_name="valid from")),
                ("valid_until", models.DateTimeField(blank=True, null=True, verbose_name="valid until")),
                ("disabled", models.BooleanField(default=False, verbose_name="blocked")),
                ("pin", doorward.server.fields.EncryptedTextField(blank=True, default="", verbose_name="PIN")),
                (
                    "security_level",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "as the device is set"),
                            (1, "lowest"),
                            (2, "low"),
                            (3, "normal"),
                            (4, "high"),
                            (5, "highest"),
                        ],
                        default=0,
                        verbose_name="security level",
                    ),
                ),
                ("authentication_mode", models.PositiveIntegerField(default=0, verbose_name="authentication mode")),
                ("daily_entry_limit", models.PositiveIntegerField(default=0, verbose_name="entries a day")),
                (
                    "anti_passback_minutes",
                    models.PositiveIntegerField(default=0, verbose_name="minutes before entering again"),
                ),
                (
                    "terminal_administrator",
                    models.BooleanField(default=False, verbose_name="may use the menus of terminals"),
                ),
                ("fields", models.JSONField(blank=True, default=dict, verbose_name="own fields")),
                ("created", models.DateTimeField(editable=False)),
                ("changed", models.DateTimeField(db_index=True, editable=False)),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="people",
                        to="people.department",
                        verbose_name="department",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="Finger",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField(verbose_name="place")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="which finger")),
                ("duress", models.BooleanField(default=False, verbose_name="duress")),
                ("first", doorward.server.fields.EncryptedBytesField(blank=True, default=b"")),
                ("second", doorward.server.fields.EncryptedBytesField(blank=True, default=b"")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="fingers", to="people.person"
                    ),
                ),
            ],
            options={
                "verbose_name": "finger",
                "verbose_name_plural": "fingers",
                "ordering": ["person", "place"],
            },
        ),
        migrations.CreateModel(
            name="Face",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "family",
                    models.CharField(
                        choices=[("d-station", "D-Station"), ("facestation", "FaceStation")],
                        max_length=20,
                        verbose_name="models",
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(verbose_name="place")),
                ("kind", models.PositiveSmallIntegerField(default=0, verbose_name="kind")),
                ("template", doorward.server.fields.EncryptedBytesField(blank=True, default=b"")),
                ("still_image", doorward.server.fields.EncryptedBytesField(blank=True, default=b"")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="faces", to="people.person"
                    ),
                ),
            ],
            options={
                "verbose_name": "face",
                "verbose_name_plural": "faces",
                "ordering": ["person", "family", "place"],
            },
        ),
        migrations.CreateModel(
            name="Card",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.BigIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(4294967295),
                        ],
                        verbose_name="number",
                    ),
                ),
                (
                    "custom_id",
                    models.BigIntegerField(
                        default=0,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(4294967295),
                        ],
                        verbose_name="custom ID",
                    ),
                ),
                ("bypass", models.BooleanField(default=False, verbose_name="opens alone")),
                ("label", models.CharField(blank=True, default="", max_length=100, verbose_name="label")),
                (
                    "format",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="cards",
                        to="people.cardformat",
                        verbose_name="format",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cards", to="people.person"
                    ),
                ),
            ],
            options={
                "verbose_name": "card",
                "verbose_name_plural": "cards",
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="department",
            constraint=models.UniqueConstraint(fields=("parent", "name"), name="department_name"),
        ),
        migrations.AddConstraint(
            model_name="department",
            constraint=models.UniqueConstraint(
                condition=models.Q(("parent__isnull", True)), fields=("name",), name="department_top_name"
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["name"], name="person_name"),
        ),
        migrations.AddConstraint(
            model_name="finger",
            constraint=models.UniqueConstraint(fields=("person", "place"), name="finger_place"),
        ),
        migrations.AddConstraint(
            model_name="face",
            constraint=models.UniqueConstraint(fields=("person", "family", "place"), name="face_place"),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(fields=("number", "custom_id"), name="card_once"),
        ),
    ]
