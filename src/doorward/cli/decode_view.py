"""Explained messages for people: field by field, aligned, readable in a pipe as well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from doorward.protocol.explain import Explained, Sender, Value

_FEW_ENTRIES = 20
_HEX_LINE = 32  # bytes
_MOST_COLUMNS = 10
_INDENT = "  "
_ARROWS = {Sender.HOST: "host → device", Sender.DEVICE: "device → host", Sender.UNKNOWN: "sender unknown"}


class MessageView:
    """Prints messages.

    Args:
        console: Where to.
        every_entry: Print long lists whole.
        payload: Print the payload in clear as hex.
    """

    def __init__(self, console: Console, *, every_entry: bool = False, payload: bool = False) -> None:
        self._console = console
        self._every_entry = every_entry
        self._payload = payload
        self._number = 0

    def show(self, message: Explained, route: str = "", time: int | None = None) -> None:
        """Print a message.

        Args:
            message: The message.
            route: Who sent it to whom, where the source tells more than the direction.
            time: Nanoseconds since 1970 in UTC, when it was captured.
        """
        self._number += 1
        head = Text()
        head.append(f"{self._number:>4}  ", style="dim")
        head.append(printable(message.name), style="bold red" if message.error else "bold")
        about = [_ARROWS[message.sender], route, "" if time is None else clock_time(time)]
        head.append("   " + "   ".join(part for part in about if part), style="cyan")
        self._print(head)
        if message.command is not None or message.device_id is not None:
            self._print(Text(f"      {header_words(message)}", style="dim"))
        for line in self._lines(message.fields, "      "):
            self._print(line)
        if self._payload and message.payload:
            for offset in range(0, len(message.payload), _HEX_LINE):
                piece = message.payload[offset : offset + _HEX_LINE]
                self._print(Text(f"      {offset:04x}  {piece.hex(' ')}"))
        if message.error:
            self._print(Text(f"      error: {printable(message.error)}", style="bold red"))

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=True)

    def _lines(self, fields: dict[str, Value], indent: str) -> Iterator[Text]:
        width = max((len(name) for name, value in fields.items() if fits_line(value)), default=0)
        for name, value in fields.items():
            label = printable(name)
            if is_plain(value):
                line = Text(f"{indent}{label:<{width}}  ")
                line.append(words_of(value), style=style_of(value))
                yield line
            elif isinstance(value, dict):
                yield Text(f"{indent}{label}")
                yield from self._lines(value, indent + _INDENT)
            elif isinstance(value, list):
                yield from self._list(label, value, indent, width)

    def _list(self, label: str, entries: list[Value], indent: str, width: int) -> Iterator[Text]:
        shown = entries if self._every_entry else entries[:_FEW_ENTRIES]
        left = len(entries) - len(shown)
        if fits_line(entries):
            words = ", ".join(words_of(entry) for entry in shown)
            yield Text(f"{indent}{label:<{width}}  {words or '-'}{f', and {left} more' if left else ''}")
            return
        yield Text(f"{indent}{label} ({len(entries)})")
        rows = [entry for entry in shown if isinstance(entry, dict)]
        if is_table(rows):
            yield from _table(rows, indent + _INDENT)
        else:
            for number, row in enumerate(rows):
                yield Text(f"{indent}{_INDENT}[{number}]")
                yield from self._lines(row, indent + 2 * _INDENT)
        if left:
            yield Text(f"{indent}{_INDENT}and {left} more; --all shows them", style="dim")


def header_words(message: Explained) -> str:
    """The numbers of the header in one line."""
    parts = []
    if message.command is not None:
        parts.append(f"command {message.command:#06x}")
    for name, value in (("code", message.code), ("param1", message.param1), ("param2", message.param2)):
        if value is not None:
            parts.append(f"{name} {value}")
    if message.device_id is not None:
        parts.append(f"device {message.device_id}")
    if message.sequence:
        parts.append(f"sequence {message.sequence}")
    if message.count is not None and message.index is not None and message.count != 1:
        parts.append(f"packet {message.index + 1} of {message.count}")
    if message.size is not None:
        parts.append(f"{message.size} bytes")
    if message.encrypted is not None:
        parts.append("enciphered" if message.encrypted else "clear")
    if message.checksum_ok is not None:
        parts.append("checksum ok" if message.checksum_ok else "checksum not ok")
    return " · ".join(parts)


def _table(rows: list[dict[str, Value]], indent: str) -> Iterator[Text]:
    """Objects with the same plain fields, a line each, below their names."""
    names = list(rows[0])
    cells = [[words_of(row[name]) for name in names] for row in rows]
    widths = [max(len(name), *(len(line[column]) for line in cells)) for column, name in enumerate(names)]
    yield Text(indent + _padded(names, widths), style="dim")
    for line in cells:
        yield Text(indent + _padded(line, widths))


def _padded(cells: list[str], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def is_table(rows: list[dict[str, Value]]) -> bool:
    """Whether objects fit a table: more than one, the same few fields, nothing nested."""
    if len(rows) < 2 or len(rows[0]) > _MOST_COLUMNS:
        return False
    names = rows[0].keys()
    return all(row.keys() == names and all(is_plain(value) for value in row.values()) for row in rows)


def is_plain(value: Value) -> bool:
    """Whether a value stands on one line."""
    return not isinstance(value, dict | list)


def fits_line(value: Value) -> bool:
    """Whether a value, or a list of plain ones, is shown beside its name."""
    return all(is_plain(entry) for entry in value) if isinstance(value, list) else is_plain(value)


def words_of(value: Value) -> str:
    """A plain value in words."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return printable(value) if value else "-"
    return str(value)


def style_of(value: Value) -> str:
    """How a value is shown: what is hidden or not told is dim."""
    return "dim" if value is None or (isinstance(value, str) and value[:1] in ("", "<")) else ""


def printable(text: str) -> str:
    """Text of a device without control characters, which could steer the terminal."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def clock_time(nanoseconds: int) -> str:
    """A time stamp of a capture, in UTC."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return f"{seconds} s"  # a damaged time stamp far outside the calendar
    return f"{moment:%Y-%m-%d %H:%M:%S}.{rest // 1000:06d} UTC"
