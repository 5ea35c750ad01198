"""MikroTik RouterOS: a chain of our own, with one jump at the top of forward."""

from __future__ import annotations

from doorward.ports.formats.common import TAG, Format, answer_notice, head, reason, require_firewall
from doorward.ports.plan import Holder, Rule

TITLE = "MikroTik RouterOS"
_LONGEST_COMMENT = 200
_MENUS = {4: "/ip firewall filter", 6: "/ipv6 firewall filter"}


def routeros_text(text: str) -> str:
    """A text in double quotes: backslash, quote and dollar are escaped, question marks too (they ask for help)."""
    for sign in ("\\", '"', "$", "?"):
        text = text.replace(sign, "\\" + sign)
    return f'"{text}"'


def _rule(rule: Rule) -> str:
    source_port = f" src-port={rule.source_ports}" if rule.source_ports is not None else ""
    return (
        f"add chain={TAG} action=accept connection-state=new protocol={rule.protocol} "
        f"src-address={rule.source.address}{source_port} dst-address={rule.destination.address} "
        f"dst-port={rule.ports} comment={routeros_text(f'{TAG}: {reason(rule, _LONGEST_COMMENT)}')}"
    )


def _remove_lines(menu: str) -> list[str]:
    return [f'{menu} remove [find comment~"^{TAG}: "]']


def apply(holder: Holder) -> str:
    """The file for ``/import``; a second time it changes nothing more."""
    require_firewall(holder, TITLE)
    lines = []
    for version, menu in _MENUS.items():
        lines += _remove_lines(menu)
        rules = [rule for rule in holder.rules if rule.version == version]
        if not rules:
            continue
        lines.append(menu)
        lines += map(_rule, rules)
        jump = f"add chain=forward action=jump jump-target={TAG} comment={routeros_text(f'{TAG}: jump')}"
        # The jump must stand before the rule that drops; an empty chain has nothing to stand before.
        others = f"[{menu} find where chain=forward dynamic=no]"
        lines.append(
            f":if ([:len {others}] > 0) do={{ {menu} {jump} place-before=({others}->0) }} else={{ {menu} {jump} }}"
        )
    comment = head(
        holder,
        TITLE,
        "Load it with /import. Every rule has a comment that begins with the same word, by which all are found again. "
        "The router must let through what belongs to known connections (connection-state=established), as its default "
        "rules do.",
        answer_notice(holder),
    )
    return comment + "\n".join(lines) + "\n"


def remove(holder: Holder) -> str:
    """The file that takes all of them away."""
    require_firewall(holder, TITLE)
    lines = [line for menu in _MENUS.values() for line in _remove_lines(menu)]
    return head(holder, TITLE, remove=True) + "\n".join(lines) + "\n"


FORMAT = Format("mikrotik", TITLE, "rsc", apply, remove)
