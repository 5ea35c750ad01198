"""Bytes that hold one of several records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self, TypeVar

from doorward.protocol.errors import LocalProtocolError
from doorward.protocol.layout import Record

Member = TypeVar("Member", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionRecord(Record):
    """A structure whose bytes are one of ``MEMBERS``, from offset 0 on; subclasses declare ``raw``.

    Which member it is, another field of the owner tells; its numbers are not in the protocol notes, so the reader
    says which member is meant.
    """

    MEMBERS: ClassVar[tuple[type[Record], ...]]

    @classmethod
    def holding(cls, member: Record) -> Self:
        """Make the structure from a member, zero filled.

        Raises:
            LocalProtocolError: The record is not a member of this structure.
        """
        cls._require_member(type(member))
        return cls.from_bytes(member.to_bytes().ljust(cls.SIZE, b"\0"))

    def read_as(self, member: type[Member]) -> Member:
        """Read the bytes as one member.

        Raises:
            LocalProtocolError: The record is not a member of this structure.
        """
        self._require_member(member)
        return member.from_bytes(self.to_bytes()[: member.SIZE])

    @classmethod
    def _require_member(cls, member: type[Record]) -> None:
        if member not in cls.MEMBERS:
            known = ", ".join(item.__name__ for item in cls.MEMBERS)
            raise LocalProtocolError(f"{cls.__name__}: {member.__name__} is not allowed; allowed: {known}")
