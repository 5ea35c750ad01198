"""``doorward decode``: a capture, a datagram or a piece of a stream as messages, field by field."""

from __future__ import annotations

import enum
import itertools
import sys
from collections.abc import Iterable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.markup import escape

from doorward.cli.decode_input import parse_hex
from doorward.cli.decode_view import MessageView
from doorward.cli.output import ExitCode, err, fail, out, print_json, show_error
from doorward.model.errors import InvalidInput
from doorward.protocol.biostar1.models import model_by_slug
from doorward.protocol.capture import CaptureError, NotACapture, is_capture
from doorward.protocol.explain import (
    TCP_PORTS,
    UDP_PORTS,
    CapturedMessage,
    CaptureExplainer,
    Channel,
    DatagramExplainer,
    Explained,
    Knowledge,
    Sender,
    StreamExplainer,
    guess_channel,
    split_datagrams,
)

_PIECE = 65_536  # bytes of a capture file read at once
_LONGEST_LINE = 16 * 1024 * 1024
_PATH_MARKS = (".pcap", ".pcapng", ".cap", ".dmp")


class SentBy(enum.Enum):
    """Who sent what is given as hex."""

    HOST = "host"
    DEVICE = "device"


class _Printer:
    """Prints messages as they come and remembers whether any could not be read.

    Args:
        as_json: One JSON object a line instead of text.
        view: The text.
    """

    def __init__(self, *, as_json: bool, view: MessageView) -> None:
        self._as_json = as_json
        self._view = view
        self.messages = 0
        self.errors = 0

    def show(self, message: Explained, route: str = "", time: int | None = None) -> None:
        """Print a message."""
        self.messages += 1
        self.errors += bool(message.error)
        if self._as_json:
            print_json(message.to_object())
        else:
            self._view.show(message, route, time)

    def show_captured(self, captured: CapturedMessage) -> None:
        """Print a message of a capture."""
        self.show(captured.message, f"{captured.source} → {captured.destination}", captured.time)

    def remark(self, words: str) -> None:
        """Tell a person something that is no message."""
        if not self._as_json:
            err.print(escape(words), soft_wrap=True, style="dim")


def decode(
    source: Annotated[
        list[str],
        typer.Argument(
            metavar="HEX|FILE.pcap|-",
            help="Bytes as hex digits (spaces, colons, line breaks and 0x are allowed); a capture file (pcap or "
            "pcapng); or - for standard input: hex, one datagram or piece of a stream a line, or a capture.",
            show_default=False,
        ),
    ],
    channel: Annotated[
        Channel | None,
        typer.Option(
            help="tcp: direct mode (ports 1470, 1471). udp: search and network settings (51110, 51210). "
            "server: server mode (1480). Without it: by the ports of a capture, by length and content of hex.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        list[int] | None,
        typer.Option(
            help="In a capture: a further port on which a device or server listens; may be repeated.",
            min=1,
            max=65535,
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="The device's model, such as bioentry-plus, where the bytes do not tell it: "
            "some blocks and users look different for each model.",
            show_default=False,
        ),
    ] = None,
    sent_by: Annotated[
        SentBy | None,
        typer.Option(
            "--from",
            help="Who sent the hex. Without it the order of the packets tells questions from replies.",
            show_default=False,
        ),
    ] = None,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Show PINs, passwords, keys and templates in the fields.")
    ] = False,
    payload: Annotated[
        bool, typer.Option("--hex", help="Show the payload in clear as hex as well, secrets included.")
    ] = False,
    every_entry: Annotated[bool, typer.Option("--all", help="Show long lists whole.")] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print one JSON object a message: device_id, encrypted, sequence, index, count, size, command, code, "
            "param1, param2, payload_hex, checksum_ok, name, fields, and error where something could not be read. "
            "All numbers are integers, command too; what could not be read is null. "
            "payload_hex is the whole payload in clear, secrets included.",
        ),
    ] = False,
) -> None:
    """Explain captured bytes of devices, field by field; what cannot be read is marked.

    Exit codes: 0 everything was readable, 1 something was not, 2 the input is neither hex nor a capture.
    """
    printer = _Printer(as_json=as_json, view=MessageView(out, every_entry=every_entry, payload=payload))
    try:
        knowledge = Knowledge(model_by_slug(model).device_type if model is not None else None)
        sender = Sender(sent_by.value) if sent_by else Sender.UNKNOWN
        lines = _Lines(channel, sender, knowledge, printer, show_secrets=show_secrets)
        captures = CaptureExplainer(
            channel=channel, ports=frozenset(port or ()), knowledge=knowledge, show_secrets=show_secrets
        )
        path = _capture_path(source)
        if path is not None:
            _decode_file(path, captures, printer)
        elif source == ["-"]:
            _decode_input(cast("BufferedReader", sys.stdin.buffer), captures, lines, printer)
        else:
            lines.take(parse_hex(" ".join(source)))
            lines.end()
    except InvalidInput as error:
        fail(error)
    except BrokenPipeError:
        # The reader of a pipe went away, as `head` does; that is its right.
        sys.stderr.close()
        raise typer.Exit(ExitCode.DONE) from None
    except KeyboardInterrupt:
        err.print("Stopped.")
        raise typer.Exit(130) from None
    if printer.errors:
        raise typer.Exit(ExitCode.REFUSED)


class _Lines:
    """Hex pieces explained one after another, each a datagram, several of them, or a piece of one stream."""

    def __init__(
        self,
        channel: Channel | None,
        sender: Sender,
        knowledge: Knowledge,
        printer: _Printer,
        *,
        show_secrets: bool,
    ) -> None:
        self._channel = channel
        self._sender = sender
        self._knowledge = knowledge
        self._printer = printer
        self._show_secrets = show_secrets
        self._datagrams = DatagramExplainer(knowledge=knowledge, show_secrets=show_secrets)
        self._stream: StreamExplainer | None = None
        self._told: set[Channel] = set()

    def take(self, data: bytes) -> None:
        """Explain the next piece."""
        channel = self._channel or self._guess(data)
        if channel is Channel.UDP:
            for datagram in split_datagrams(data):
                self._printer.show(self._datagrams.explain(datagram, self._sender))
            return
        stream = self._stream
        if stream is None or stream.channel is not channel:
            self.end()
            stream = self._stream = StreamExplainer(channel, knowledge=self._knowledge, show_secrets=self._show_secrets)
        for message in stream.feed(data, self._sender):
            self._printer.show(message)

    def end(self) -> None:
        """Explain what is left of a stream."""
        if self._stream is not None:
            for message in self._stream.end():
                self._printer.show(message)

    def _guess(self, data: bytes) -> Channel:
        channel = guess_channel(data)
        if channel is Channel.TCP and self._stream is not None:
            channel = self._stream.channel  # server mode carries the commands of direct mode as well
        if channel not in self._told:
            self._told.add(channel)
            self._printer.remark(f"Channel: {channel.value}, guessed from the bytes; --channel names another.")
        return channel


def _capture_path(source: list[str]) -> Path | None:
    """The capture file that was named; None when hex was given.

    Raises:
        InvalidInput: It looks like a file, but there is none.
    """
    if len(source) != 1 or source[0] == "-":
        return None
    name = source[0]
    path = Path(name)
    try:
        if path.is_file():
            return path
        is_folder = path.is_dir()
    except (OSError, ValueError):
        return None  # too long for a file name, as hex often is
    if is_folder or "/" in name or name.lower().endswith(_PATH_MARKS):
        raise InvalidInput("FILE", name, "a capture file that exists, hex digits, or - for standard input")
    return None


def _decode_file(path: Path, explainer: CaptureExplainer, printer: _Printer) -> None:
    try:
        file = path.open("rb")
    except OSError as error:
        raise InvalidInput("FILE", str(path), f"a file that can be read ({error.strerror or error})") from None
    with file:
        _decode_capture(iter(lambda: file.read(_PIECE), b""), explainer, printer)


def _decode_input(stream: BufferedReader, captures: CaptureExplainer, lines: _Lines, printer: _Printer) -> None:
    """Explain standard input, which is hex text or a capture as ``tcpdump -w -`` writes it."""
    beginning = stream.read(4)
    if is_capture(beginning):
        # What has arrived is explained at once, also while the capture goes on.
        _decode_capture(itertools.chain((beginning,), iter(lambda: stream.read1(_PIECE), b"")), captures, printer)
    else:
        _decode_lines(_bounded_lines(stream, beginning), lines, printer)


def _decode_capture(pieces: Iterable[bytes], explainer: CaptureExplainer, printer: _Printer) -> None:
    try:
        for piece in pieces:
            for captured in explainer.feed(piece):
                printer.show_captured(captured)
        for captured in explainer.end():
            printer.show_captured(captured)
        explainer.check()
    except NotACapture as error:
        show_error(error)
        raise typer.Exit(ExitCode.WRONG_USAGE) from None
    except CaptureError as error:
        printer.errors += 1
        show_error(error)
    left_out = ", ".join(f"{count} {reason.value}" for reason, count in explainer.left_out.most_common())
    printer.remark(
        f"{explainer.frames} frames, {printer.messages} messages, {printer.errors} with errors"
        + (f"; left out: {left_out}" if left_out else "")
    )
    if not printer.messages:
        ports = ", ".join(str(number) for number in sorted({*TCP_PORTS, *UDP_PORTS}))
        printer.remark(f"Nothing was found on the ports {ports}; --port names others.")


def _decode_lines(texts: Iterable[bytes], lines: _Lines, printer: _Printer) -> None:
    for number, text in enumerate(texts, 1):
        line = text.decode("utf-8", errors="replace").rstrip("\r\n")
        if not line.strip():
            continue
        try:
            data = parse_hex(line, f"line {number}")
        except InvalidInput as error:
            printer.show(Explained("unreadable line", {}, error.message, checksum_ok=False))
            continue
        lines.take(data)
    lines.end()


def _bounded_lines(stream: BufferedReader, beginning: bytes) -> Iterator[bytes]:
    """Lines; one without an end is cut into pieces, so that it cannot fill the memory."""
    while b"\n" in beginning:
        line, _, beginning = beginning.partition(b"\n")
        yield line
    while line := beginning + stream.readline(_LONGEST_LINE):
        beginning = b""
        yield line
