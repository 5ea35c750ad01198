"""The restorations of a database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The first table."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Restoration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("restored", models.DateTimeField()),
                ("made", models.DateTimeField()),
                ("version", models.CharField(max_length=50)),
                ("position", models.BigIntegerField()),
                ("resumed", models.BigIntegerField()),
                ("host", models.CharField(max_length=255)),
                ("by", models.CharField(max_length=150)),
            ],
            options={
                "verbose_name": "restoration",
                "verbose_name_plural": "restorations",
                "ordering": ["-restored", "-pk"],
            },
        ),
    ]
