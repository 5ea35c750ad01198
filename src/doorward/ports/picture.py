"""A plan as a picture: a column for each host, firewall and device network, an arrow for each way and its ports.

The picture is SVG without scripts and fonts from elsewhere. Its text can be selected, and it reads on light and dark.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from doorward.ports.catalogue import PortRange
from doorward.ports.flows import Flow, beside
from doorward.ports.plan import FIREWALL, Plan
from doorward.ports.site import DeviceNetwork, Machine, Network

_COLUMN = 230
_MARGIN = 24
_BOX_WIDTH = 178
_BOX_HEIGHT = 62
_ROW = 40
_FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
_LINE_LENGTH = 30
_TCP_COLOUR = "#2f7fd6"
_UDP_COLOUR = "#c2701c"
_FIREWALL_COLOUR = "#8a8f98"

# Alone in a window the picture brings its own ground; on a page it takes the page's text colour and ground.
_STYLE = """\
<style>
  svg { color: #1d2530; background: #ffffff; }
  @media (prefers-color-scheme: dark) { svg { color: #e7eaef; background: #14181f; } }
</style>
"""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    kind: str
    title: str
    detail: str


@dataclass(slots=True)
class _Arrow:
    source: str
    destination: str
    protocol: str
    ports: list[PortRange]
    answer: bool
    broadcast: bool
    gates: tuple[str, ...]
    reasons: list[str]

    @property
    def label(self) -> str:
        numbers = ", ".join(str(item) for item in sorted(set(self.ports)))
        if self.answer:
            return f"UDP from {numbers} (answers)"
        return f"{self.protocol.upper()} {numbers}" + (" (broadcast)" if self.broadcast else "")


def as_svg(plan: Plan, *, on_page: bool = False) -> str:
    """Draw a plan.

    Args:
        plan: The plan.
        on_page: For a page that embeds it: no style of its own and no ground, colours of the page.
    """
    columns = _columns(plan)
    places = {column.name: _MARGIN + _COLUMN * number + _COLUMN // 2 for number, column in enumerate(columns)}
    arrows = _arrows(plan, list(places))
    width = 2 * _MARGIN + _COLUMN * len(columns)
    top = _MARGIN + _BOX_HEIGHT + 18
    heights = [_arrow_height(arrow) for arrow in arrows]
    bottom = top + sum(heights) + 14
    height = bottom + 44
    title = "Ports of " + ", ".join(column.name for column in columns)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="ports-title ports-description" ',
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" ',
        f'font-family={quoteattr(_FONT)} fill="currentColor">\n',
        f'<title id="ports-title">{escape(title)}</title>\n',
        f'<desc id="ports-description">{escape(_description(arrows))}</desc>\n',
    ]
    if not on_page:
        parts.append(_STYLE)
    parts += [_draw_column(column, places[column.name], bottom) for column in columns]
    if not arrows:
        parts.append(_text(_MARGIN, top + 8, "Nothing is to be opened.", 13))
    y = top
    for arrow, step in zip(arrows, heights, strict=True):
        y += step
        parts.append(_draw_arrow(arrow, y, places))
    parts.append(_legend(_MARGIN + 2, bottom + 24))
    parts.append("</svg>\n")
    return "".join(parts)


def _columns(plan: Plan) -> list[_Column]:
    """Clients and servers first, firewalls in the middle, device networks last with who stands in them before each."""
    waiting = sorted(plan.site.machines, key=lambda machine: machine.hosts[0].role)
    local = {machine.name for machine in waiting for item in plan.site.device_networks if _beside(machine, item)}
    made = [_host_column(machine) for machine in waiting if machine.name not in local]
    made += [
        _Column(holder.name, "firewall", holder.name, "")
        for holder in plan.holders
        if holder.kind == FIREWALL and (holder.rules or plan.site.firewalls)
    ]
    for item in plan.site.device_networks:
        for machine in [machine for machine in waiting if machine.name in local and _beside(machine, item)]:
            made.append(_host_column(machine))
            local.remove(machine.name)
        made.append(_Column(item.name, "devices", item.name, str(item.network)))
    return made


def _beside(machine: Machine, devices: DeviceNetwork) -> bool:
    return any(beside(host, devices.network) for host in machine.hosts)


def _host_column(machine: Machine) -> _Column:
    roles = " + ".join(dict.fromkeys(host.role for host in machine.hosts))
    addresses = ", ".join(dict.fromkeys(str(host.address) for host in machine.hosts))
    return _Column(machine.name, roles, " / ".join((machine.name, *machine.also)), addresses)


def _arrows(plan: Plan, order: Sequence[str]) -> list[_Arrow]:
    machines = {host.only: machine.name for machine in plan.site.machines for host in machine.hosts}
    merged: dict[tuple[object, ...], _Arrow] = {}
    for flow in plan.flows:
        source, destination = _ends_of(plan, flow, machines)
        passed = plan.ways.get(flow.key, ())
        key = (source, destination, flow.protocol, flow.answer, flow.broadcast, passed)
        ports = flow.source_ports if flow.answer and flow.source_ports is not None else flow.ports
        arrow = merged.setdefault(
            key, _Arrow(source, destination, flow.protocol, [], flow.answer, flow.broadcast, passed, [])
        )
        arrow.ports.append(ports)
        arrow.reasons += [reason for reason in flow.reasons if reason not in arrow.reasons]
    places = {name: place for place, name in enumerate(order)}

    def rank(arrow: _Arrow) -> tuple[object, ...]:
        ends = sorted((places[arrow.source], places[arrow.destination]))
        return (*ends, arrow.protocol, arrow.broadcast or arrow.answer, arrow.answer)

    return sorted(merged.values(), key=rank)


def _ends_of(plan: Plan, flow: Flow, machines: Mapping[Network, str]) -> tuple[str, str]:
    source = machines.get(flow.source.network, flow.source.name)
    if not flow.broadcast:
        return source, machines.get(flow.destination.network, flow.destination.name)
    # A broadcast is drawn to the first device network whose wire it goes over: the one that answers.
    for other in plan.flows:
        if other.answer and other.destination.network == flow.source.network and other.source_ports == flow.ports:
            return source, other.source.name
    return source, source


def _description(arrows: list[_Arrow]) -> str:
    return " ".join(f"{arrow.source} to {arrow.destination}: {arrow.label}." for arrow in arrows)


def _draw_column(column: _Column, x: int, bottom: int) -> str:
    left, top = x - _BOX_WIDTH // 2, _MARGIN
    dashes = ' stroke-dasharray="2 5"' if column.kind != FIREWALL else ""
    colour = _FIREWALL_COLOUR if column.kind == FIREWALL else "currentColor"
    opacity = "1" if column.kind == FIREWALL else "0.35"
    return "".join(
        (
            f'<line x1="{x}" y1="{top + _BOX_HEIGHT}" x2="{x}" y2="{bottom}" stroke="{colour}" ',
            f'stroke-opacity="{opacity}" stroke-width="{2 if column.kind == FIREWALL else 1}"{dashes}/>\n',
            f'<rect x="{left}" y="{top}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="9" fill="currentColor" ',
            f'fill-opacity="0.05" stroke="{colour}" stroke-opacity="{1 if column.kind == FIREWALL else 0.45}"/>\n',
            _text(x, top + 17, column.kind.upper(), 10, anchor="middle", opacity="0.75", spacing="0.08em"),
            _text(x, top + 36, _short(column.title, 22), 14, anchor="middle", weight="600"),
            _text(x, top + 53, _short(column.detail, 30), 12 if len(column.detail) <= 24 else 10, anchor="middle"),
        )
    )


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "\u2026"


def _draw_arrow(arrow: _Arrow, y: int, places: dict[str, int]) -> str:
    start, end = places[arrow.source], places[arrow.destination]
    step = 1 if end > start else -1
    colour = _UDP_COLOUR if arrow.protocol == "udp" else _TCP_COLOUR
    tip = end - 4 * step
    dashes = ' stroke-dasharray="6 4"' if arrow.answer or arrow.broadcast else ""
    middle = start + step * _COLUMN // 2
    parts = [
        "<g>\n",
        f"<title>{escape('; '.join(arrow.reasons))}</title>\n",
        f'<circle cx="{start}" cy="{y}" r="4" fill="{colour}"/>\n',
        f'<line x1="{start}" y1="{y}" x2="{tip - 8 * step}" y2="{y}" stroke="{colour}" stroke-width="2"{dashes}/>\n',
        f'<path d="M {tip} {y} l {-11 * step} -5.5 v 11 z" fill="{colour}"/>\n',
    ]
    between = [gate for gate in arrow.gates if gate in places and min(start, end) < places[gate] < max(start, end)]
    parts += [
        f'<rect x="{places[gate] - 5}" y="{y - 5}" width="10" height="10" rx="2" fill="{colour}" '
        'stroke="currentColor" stroke-width="1.5"/>\n'
        for gate in between
    ]
    around = [gate for gate in arrow.gates if gate not in between]
    lines = _label_lines(arrow.label + (f" through {', '.join(around)}" if around else ""))
    first = y - 9 - 14 * (len(lines) - 1)
    parts += [
        _text(middle, first + 14 * number, line, 12.5, anchor="middle", weight="500")
        for number, line in enumerate(lines)
    ]
    parts.append("</g>\n")
    return "".join(parts)


def _label_lines(label: str) -> list[str]:
    return textwrap.wrap(label, _LINE_LENGTH, break_long_words=False)


def _arrow_height(arrow: _Arrow) -> int:
    """Room for the label above the line; what is written besides is at most one line more."""
    return _ROW + 14 * (len(_label_lines(arrow.label)) - 1)


def _legend(x: int, y: int) -> str:
    parts = []
    for text, colour, dashes in (
        ("TCP, from who dials to who listens", _TCP_COLOUR, ""),
        ("UDP", _UDP_COLOUR, ""),
        ("UDP broadcast and its answers", _UDP_COLOUR, ' stroke-dasharray="6 4"'),
    ):
        parts.append(
            f'<line x1="{x}" y1="{y - 4}" x2="{x + 26}" y2="{y - 4}" stroke="{colour}" stroke-width="2"{dashes}/>\n'
        )
        parts.append(_text(x + 33, y, text, 11.5, opacity="0.8"))
        x += 33 + 6 * len(text) + 30
    return "".join(parts)


def _text(
    x: int,
    y: float,
    text: str,
    size: float,
    *,
    anchor: str = "start",
    weight: str = "",
    opacity: str = "",
    spacing: str = "",
) -> str:
    more = "".join(
        f' {name}="{value}"'
        for name, value in (
            ("text-anchor", "" if anchor == "start" else anchor),
            ("font-weight", weight),
            ("fill-opacity", opacity),
            ("letter-spacing", spacing),
        )
        if value
    )
    return f'<text x="{x}" y="{y}" font-size="{size}"{more}>{escape(text)}</text>\n' if text else ""
