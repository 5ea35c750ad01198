"""Why the line of a device is left to somebody else."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A new column."""

    dependencies = [
        ("devices", "0002_what_the_gateway_sees_and_settings"),
    ]

    operations = [
        migrations.AddField(
            model_name="device",
            name="line_left",
            field=models.CharField(blank=True, default="", editable=False, max_length=500),
        ),
    ]
