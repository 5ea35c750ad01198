"""Indexes that let a search by place, person, meaning or severity find the newest events in order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """New indexes; on PostgreSQL each partition gets them too."""

    dependencies = [
        ("events", "0002_happenings"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["origin", "utc"], name="event_origin_utc"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["code", "utc"], name="event_code_utc"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("person__gt", 0)), fields=["person", "utc"], name="event_person_utc"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("severity__gt", 1)), fields=["severity", "utc"], name="event_severity_utc"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("category__gt", 2), ("category", 0), _connector="OR"),
                fields=["category", "utc"],
                name="event_category_utc",
            ),
        ),
    ]
