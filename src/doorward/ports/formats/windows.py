"""Windows Defender Firewall: PowerShell's cmdlets and netsh."""

from __future__ import annotations

from doorward.ports.formats.common import Format, answer_notice, head, local, numbered, reason, remote, require_host
from doorward.ports.plan import IN, Holder, Rule

POWERSHELL = "Windows PowerShell"
NETSH = "Windows netsh"
GROUP = "Doorward"
_LONGEST_COMMENT = 250

_OUTGOING = "Windows lets programs send unless that was switched off; the rules for out are for machines where it was."


def powershell_text(text: str) -> str:
    """A text of PowerShell: in single quotes nothing is expanded."""
    return "'" + text.replace("'", "''") + "'"


def _powershell_rule(name: str, rule: Rule) -> str:
    (remote_address, remote_ports), (local_address, local_ports) = remote(rule), local(rule)
    parts = [
        "New-NetFirewallRule",
        f"-Name {powershell_text(name)}",
        f"-DisplayName {powershell_text(f'Doorward {rule.direction} {rule.protocol.upper()} {rule.ports}')}",
        f"-Description {powershell_text(reason(rule, _LONGEST_COMMENT))}",
        f"-Group {powershell_text(GROUP)}",
        f"-Direction {'Inbound' if rule.direction == IN else 'Outbound'}",
        "-Action Allow",
        f"-Protocol {rule.protocol.upper()}",
        f"-LocalAddress {powershell_text(local_address)}",
        f"-RemoteAddress {powershell_text(remote_address)}",
    ]
    if local_ports is not None:
        parts.append(f"-LocalPort {powershell_text(str(local_ports))}")
    if remote_ports is not None:
        parts.append(f"-RemotePort {powershell_text(str(remote_ports))}")
    parts.append("-Profile 'Domain','Private'")
    return " ".join(parts) + " | Out-Null"


def apply_powershell(holder: Holder) -> str:
    """The script that puts the rules in force; a second time it changes nothing more."""
    require_host(holder, POWERSHELL)
    comment = head(
        holder,
        POWERSHELL,
        "Run it as administrator. All rules are in one group, which is replaced as a whole. Public networks stay shut.",
        _OUTGOING,
        answer_notice(holder),
    )
    return comment + "\n".join(
        (
            "$ErrorActionPreference = 'Stop'",
            _REMOVE_GROUP,
            *(_powershell_rule(name, rule) for name, rule in numbered(holder.rules)),
            "",
        )
    )


_REMOVE_GROUP = (
    f"Get-NetFirewallRule -Group {powershell_text(GROUP)} -ErrorAction SilentlyContinue | Remove-NetFirewallRule"
)


def remove_powershell(holder: Holder) -> str:
    """The script that takes all of them away."""
    require_host(holder, POWERSHELL)
    return head(holder, POWERSHELL, "Run it as administrator.", remove=True) + _REMOVE_GROUP + "\n"


def command_prompt_text(text: str) -> str:
    """A text in double quotes for a batch file: quotes go, and a percent sign is doubled."""
    return '"' + text.replace('"', "").replace("%", "%%") + '"'


def _netsh_rule(rule: Rule) -> str:
    (remote_address, remote_ports), (local_address, local_ports) = remote(rule), local(rule)
    parts = [
        "netsh advfirewall firewall add rule",
        f"name={command_prompt_text(GROUP)}",
        f"description={command_prompt_text(reason(rule, _LONGEST_COMMENT))}",
        f"dir={rule.direction}",
        "action=allow",
        f"protocol={rule.protocol.upper()}",
        f"localip={local_address}",
        f"remoteip={remote_address}",
    ]
    if local_ports is not None:
        parts.append(f"localport={local_ports}")
    if remote_ports is not None:
        parts.append(f"remoteport={remote_ports}")
    parts.append("profile=domain,private")
    return " ".join(parts) + " || exit /b 1"


_REMOVE_NAME = f"netsh advfirewall firewall delete rule name={command_prompt_text(GROUP)} >nul 2>&1"


def _batch(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in lines)


def apply_netsh(holder: Holder) -> str:
    """The batch file that puts the rules in force; a second time it changes nothing more."""
    require_host(holder, NETSH)
    comment = head(
        holder,
        NETSH,
        "Run it as administrator. All rules have one name, by which they are taken away first. Public networks stay "
        "shut.",
        _OUTGOING,
        answer_notice(holder),
        mark="rem",
    )
    return _batch(
        "@echo off",
        "setlocal DisableDelayedExpansion",
        *comment.splitlines(),
        _REMOVE_NAME,
        *map(_netsh_rule, holder.rules),
    )


def remove_netsh(holder: Holder) -> str:
    """The batch file that takes all of them away."""
    require_host(holder, NETSH)
    comment = head(holder, NETSH, "Run it as administrator.", mark="rem", remove=True)
    return _batch("@echo off", *comment.splitlines(), _REMOVE_NAME, "exit /b 0")


POWERSHELL_FORMAT = Format("powershell", POWERSHELL, "ps1", apply_powershell, remove_powershell)
NETSH_FORMAT = Format("netsh", NETSH, "cmd", apply_netsh, remove_netsh)
