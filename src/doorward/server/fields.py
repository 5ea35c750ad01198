"""Columns whose values are encrypted in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from doorward.server.keys import key_ring

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    _TextField = models.Field[str, str]
    _BytesField = models.Field[bytes, bytes]
else:
    _TextField = _BytesField = models.Field


def purpose(field: models.Field[Any, Any]) -> str:
    """The table and column of a field, which its encrypted values are bound to."""
    return f"{field.model._meta.db_table}.{field.column}"


class EncryptedBytesField(_BytesField):
    """Bytes that only the holder of the key file can read; empty bytes stay empty. Cannot be searched by."""

    description = "Encrypted bytes"
    empty_values = (None, b"")

    def get_internal_type(self) -> str:
        """Kept as bytes."""
        return "BinaryField"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Encrypt on the way in."""
        del connection, prepared
        return key_ring().encrypt(bytes(value), purpose(self)) if value else b""

    def from_db_value(self, value: Any, expression: object, connection: BaseDatabaseWrapper) -> bytes:
        """Decrypt on the way out."""
        del expression, connection
        return key_ring().decrypt(bytes(value), purpose(self)) if value else b""


class EncryptedTextField(_TextField):
    """A text that only the holder of the key file can read; an empty text stays empty. Cannot be searched by."""

    description = "An encrypted text"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", "")
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def get_internal_type(self) -> str:
        """Kept as bytes."""
        return "BinaryField"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Encrypt on the way in."""
        del connection, prepared
        return key_ring().encrypt(str(value).encode(), purpose(self)) if value else b""

    def from_db_value(self, value: Any, expression: object, connection: BaseDatabaseWrapper) -> str:
        """Decrypt on the way out."""
        del expression, connection
        return key_ring().decrypt(bytes(value), purpose(self)).decode() if value else ""

    def to_python(self, value: Any) -> str:
        """A text in forms."""
        return "" if value is None else str(value)
