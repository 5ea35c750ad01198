"""Notes every change of the tables that people may change, with the values before and after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from django.db import models
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save

from doorward.server.audit.services import Thing, current_action, record
from doorward.server.fields import EncryptedBytesField, EncryptedTextField
from doorward.server.operators.actor import THE_SERVER, current_actor

SECRET: Final = "(secret)"  # noqa: S105 - stands in the place of one
CHANGED_SECRET: Final = "(secret, changed)"  # noqa: S105 - stands in the place of one

_BEFORE: Final = "_audited_values"


def track(model: type[models.Model], *, leave_out: Iterable[str] = (), secret: Iterable[str] = ()) -> None:
    """Note from now on who adds, changes and deletes rows of a table, as long as it is done row by row.

    Args:
        model: The table.
        leave_out: Columns that the server itself keeps up to date; a change of these alone is noted nowhere.
        secret: Columns of which only that they changed is noted, beside those that are encrypted.
    """
    fields = [field for field in model._meta.concrete_fields if field.name not in set(leave_out)]
    hidden = {field.name for field in fields if _is_secret(field)} | set(secret)

    def values(row: models.Model) -> dict[str, Any]:
        return {field.name: _plain(field.value_from_object(row)) for field in fields}

    def shown(found: dict[str, Any], names: Iterable[str], *, changed: bool) -> dict[str, Any]:
        mark = CHANGED_SECRET if changed else SECRET
        return {name: (mark if found[name] else None) if name in hidden else found[name] for name in names}

    def note(action: str, row: models.Model, before: Any, after: Any) -> None:
        if current_actor() == THE_SERVER:
            return  # what the gateway finds out is no deed of somebody; the connection history tells it
        table = model._meta.model_name or ""
        record(current_action() or f"{table}.{action}", Thing.of(row), before=before, after=after)

    def before_save(instance: models.Model, raw: bool = False, **_: Any) -> None:
        if raw:
            return
        rows = model._default_manager.only(*[field.name for field in fields])
        old = None if instance._state.adding else rows.filter(pk=instance.pk).first()
        instance.__dict__[_BEFORE] = None if old is None else values(old)

    def after_save(instance: models.Model, created: bool, raw: bool = False, **_: Any) -> None:
        if raw:
            return
        before, after = instance.__dict__.pop(_BEFORE, None), values(instance)
        if created or before is None:
            note(
                "add",
                instance,
                None,
                shown(after, [name for name in after if after[name] not in (None, "")], changed=False),
            )
            return
        names = [name for name in after if before[name] != after[name]]
        if names:
            note("change", instance, shown(before, names, changed=False), shown(after, names, changed=True))

    def before_delete(instance: models.Model, **_: Any) -> None:
        # A column that was not read yet cannot be read afterwards.
        instance.__dict__[_BEFORE] = values(instance)

    def after_delete(instance: models.Model, **_: Any) -> None:
        before = instance.__dict__.pop(_BEFORE)
        note(
            "delete",
            instance,
            shown(before, [name for name in before if before[name] not in (None, "")], changed=False),
            None,
        )

    label = model._meta.label
    pre_save.connect(before_save, sender=model, weak=False, dispatch_uid=f"audit before {label}")
    post_save.connect(after_save, sender=model, weak=False, dispatch_uid=f"audit save {label}")
    pre_delete.connect(before_delete, sender=model, weak=False, dispatch_uid=f"audit before delete {label}")
    post_delete.connect(after_delete, sender=model, weak=False, dispatch_uid=f"audit delete {label}")


def _is_secret(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, EncryptedTextField | EncryptedBytesField | models.BinaryField)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, str | int | float | bool | list | dict) or value is None:
        return value
    return str(value)
