"""Devices that were let in before there were doors get theirs."""

from django.apps.registry import Apps as StateApps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def add_doors(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give each device that is let in a door for its relay."""
    alias = schema_editor.connection.alias
    device = apps.get_model("devices", "Device")
    door = apps.get_model("doors", "Door")
    state = apps.get_model("doors", "DoorState")
    approved = device.objects.using(alias).filter(approval="approved").values_list("pk", flat=True)
    for device_id in approved.iterator():
        added = door.objects.using(alias).create(device_id=device_id, number=0)
        state.objects.using(alias).create(door=added)


class Migration(migrations.Migration):
    """A step of the database."""

    dependencies = [("doors", "0001_doors_and_floor_plans")]

    operations = [migrations.RunPython(add_doors, migrations.RunPython.noop)]
