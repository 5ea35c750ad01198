"""What a probe needs of discovery, which stands beside this floor: whoever starts a probe hands it in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from doorward.model.found import FoundDevice
from doorward.model.network_settings import NetworkSettings
from doorward.transport import Datagram


class Question(Protocol):
    """The search of one generation."""

    def datagram(self) -> bytes:
        """The datagram to send."""
        ...

    def read(self, datagram: Datagram) -> FoundDevice | None:
        """Read an answer; None when it is something else. Raises RemoteProtocolError when it is broken."""
        ...


class Found(Protocol):
    """What a search found."""

    @property
    def devices(self) -> tuple[FoundDevice, ...]:
        """The devices."""
        ...


class Search(Protocol):
    """A search by broadcast; ``doorward.discovery.search`` is one."""

    def __call__(
        self, *, interfaces: Sequence[str] | None, timeout: float, port: int | None, biostar2_port: int | None
    ) -> Awaitable[Found]:
        """Search; raises NotReached when nothing could be sent."""
        ...


class ReadSettings(Protocol):
    """Reads network settings; ``doorward.discovery.read_network_settings`` is one."""

    def __call__(self, device: FoundDevice, *, timeout: float, port: int | None) -> Awaitable[NetworkSettings]:
        """Read them; raises a DoorwardError that says why not."""
        ...


@dataclass(frozen=True, slots=True)
class DiscoveryTools:
    """Finding devices by UDP and reading their settings.

    Attributes:
        search: Asks everybody.
        read_settings: Asks one device for its network settings.
        questions: For each generation what makes its question: ``doorward.discovery.questions.QUESTIONS``.
    """

    search: Search
    read_settings: ReadSettings
    questions: Mapping[str, Callable[[], Question]]
