"""The rules of one host or firewall, in the language of what runs there."""

from __future__ import annotations

from doorward.model.errors import InvalidInput
from doorward.ports.formats import firewalld, iptables, mikrotik, nftables, plain, terraform, ufw, windows
from doorward.ports.formats.common import Format
from doorward.ports.plan import Plan

FORMATS: dict[str, Format] = {
    item.name: item
    for item in (
        plain.FORMAT,
        nftables.FORMAT,
        iptables.FORMAT,
        ufw.FORMAT,
        firewalld.FORMAT,
        windows.POWERSHELL_FORMAT,
        windows.NETSH_FORMAT,
        mikrotik.FORMAT,
        terraform.AWS_FORMAT,
        terraform.AZURE_FORMAT,
        terraform.GOOGLE_FORMAT,
    )
}


def find_format(name: str) -> Format:
    """A format by its name.

    Raises:
        InvalidInput: There is none.
    """
    found = FORMATS.get(name)
    if found is None:
        raise InvalidInput("--format", name, ", ".join(FORMATS))
    return found


def render_rules(plan: Plan, holder: str, format_name: str, *, remove: bool = False, table: str = "") -> str:
    """The rules of one host or firewall as text.

    Applying them a second time changes nothing more, and ``remove`` takes away exactly what was put there.

    Args:
        plan: The plan.
        holder: Name of the host or firewall.
        format_name: A key of ``FORMATS``.
        remove: Make what takes the rules away instead.
        table: For nftables: the table that holds the firewall, as ``inet filter``.

    Raises:
        InvalidInput: There is no such host, firewall or format.
        Unsupported: The format is none for a machine of this kind.
    """
    found = find_format(format_name)
    machine = plan.holder(holder)
    if table:
        if found is not nftables.FORMAT:
            raise InvalidInput("--table", table, "only with --format nftables")
        make_with_table = nftables.remove if remove else nftables.apply
        return make_with_table(machine, nftables.checked_table(table))
    make = found.remove if remove else found.apply
    return make(machine)
