"""The picture: well-formed, complete, escaped, and without anything from elsewhere."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

from doorward.ports.picture import as_svg
from tests.ports.sites import everything, plan_of

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return ["".join(item.itertext()) for item in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_every_machine_and_every_port_is_on_it() -> None:
    plan = everything()
    svg = as_svg(plan)
    words = " ".join(texts(svg))
    for host in plan.site.hosts:
        assert host.name in words
        assert str(host.address) in words
    for item in plan.site.device_networks:
        assert item.name in words
        assert str(item.network) in words
    shown = set(map(int, re.findall(r"\d+", words)))
    for flow in plan.flows:
        assert (flow.source_ports if flow.answer and flow.source_ports else flow.ports).first in shown
    assert "(broadcast)" in words
    assert "(answers)" in words


def test_nothing_lies_outside_or_comes_from_elsewhere() -> None:
    svg = as_svg(everything())
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for item in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(item.attrib.get(name, 0)) <= width, item.attrib
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(item.attrib.get(name, 0)) <= height, item.attrib
    assert svg.count("http") == svg.count("http://www.w3.org/2000/svg") == 1
    assert not re.search(r"<(script|image|foreignObject|a|use)\b|\bon\w+=|href|url\(|@import|@font", svg)
    assert root.attrib["role"] == "img"
    assert root.find(f"{SVG}title") is not None
    assert root.find(f"{SVG}desc") is not None


def test_labels_of_one_height_do_not_overlap() -> None:
    root = ElementTree.fromstring(as_svg(everything()))
    rows: dict[float, list[tuple[float, float]]] = {}
    for item in root.iter(f"{SVG}text"):
        size, x = float(item.attrib["font-size"]), float(item.attrib["x"])
        width = 0.62 * size * len(item.text or "")
        left = x - width / 2 if item.attrib.get("text-anchor") == "middle" else x
        rows.setdefault(float(item.attrib["y"]), []).append((left, left + width))
    for spans in rows.values():
        spans.sort()
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans)), spans


def test_on_a_page_it_takes_the_pages_colours() -> None:
    svg = as_svg(everything(), on_page=True)
    assert "<style" not in svg
    assert "style=" not in svg
    assert 'fill="currentColor"' in svg
    alone = as_svg(everything())
    assert "prefers-color-scheme: dark" in alone
    assert texts(svg) == texts(alone)


def test_words_are_escaped() -> None:
    import dataclasses

    plan = everything()
    flows = tuple(dataclasses.replace(flow, reasons=("<b>&\"'</b><script>",)) for flow in plan.flows)
    svg = as_svg(dataclasses.replace(plan, flows=flows))
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_an_empty_plan_is_drawn_too() -> None:
    svg = as_svg(plan_of({"doorward": ("server",)}, clients=(), devices=()))
    assert "Nothing is to be opened." in texts(svg)


def test_a_client_beside_the_devices_stands_beyond_the_firewall() -> None:
    plan = plan_of({"biostar1": ("server",)}, clients=("laptop=10.1.0.9/24", "office=192.168.1.20/24"))
    names = [text for text in texts(as_svg(plan)) if text in {"main", "office", "laptop", "doors", "between"}]
    assert names == ["office", "main", "between", "laptop", "doors"]
