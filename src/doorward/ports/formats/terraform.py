"""Terraform: security groups of AWS, a network security group of Azure, firewall rules of Google Cloud."""

from __future__ import annotations

import re
from collections.abc import Callable

from doorward.ports.formats.common import TAG, Format, harmless, head, numbered, reason, remote, require_host
from doorward.ports.plan import IN, Holder, Rule

# The shortest limit of each cloud for a rule's description.
_AWS_COMMENT = 250
_AZURE_COMMENT = 140
_GOOGLE_COMMENT = 250

_NO_BROADCAST = (
    "A cloud's network carries no broadcasts, so the rules for a broadcast search and its answers are left out; "
    "devices are searched for by address."
)


def hcl_text(text: str) -> str:
    """A text of HCL: backslash, quote and both kinds of templates are escaped."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{")
    return f'"{text}"'


def _identifier(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _block(kind: str, names: list[str], arguments: dict[str, str], *blocks: str) -> str:
    width = max(len(name) for name in arguments)
    lines = [f"  {name.ljust(width)} = {value}" for name, value in arguments.items()]
    title = " ".join((kind, *map(hcl_text, names)))
    return "\n".join((title + " {", *lines, *blocks, "}")) + "\n"


def _variable(name: str, description: str, kind: str = "string", default: str = "") -> str:
    arguments = {"type": kind, "description": hcl_text(description)}
    if default:
        arguments["default"] = default
    return _block("variable", [name], arguments)


def _cidr(network: str, version: int) -> str:
    return network if "/" in network else f"{network}/{32 if version == 4 else 128}"


def _usable(holder: Holder) -> list[tuple[str, Rule]]:
    rules = [rule for rule in holder.rules if not rule.flow.answer and not rule.flow.broadcast]
    return [(f"{_identifier(holder.name)}_{_identifier(name)}", rule) for name, rule in numbered(rules)]


def _file(holder: Holder, title: str, words: str, *blocks: str) -> str:
    dropped = any(rule.flow.answer or rule.flow.broadcast for rule in holder.rules)
    return "\n".join((head(holder, title, words, _NO_BROADCAST if dropped else ""), *blocks))


def aws(holder: Holder) -> str:
    """A security group with one rule for each port and network."""
    own = f"{TAG}_{_identifier(holder.name)}"
    group = _block(
        "resource",
        ["aws_security_group", own],
        {
            "name": hcl_text(f"{TAG}-{holder.name}"),
            "description": hcl_text(harmless(f"Ports of {holder.name}, planned by Doorward", _AWS_COMMENT)),
            "vpc_id": f"var.{own}_vpc_id",
        },
    )
    rules = []
    for name, rule in _usable(holder):
        address, ports = remote(rule)
        if rule.direction == IN:
            ports = rule.ports
        kind = "ingress" if rule.direction == IN else "egress"
        assert ports is not None
        rules.append(
            _block(
                "resource",
                [f"aws_vpc_security_group_{kind}_rule", name],
                {
                    "security_group_id": f"aws_security_group.{own}.id",
                    "description": hcl_text(reason(rule, _AWS_COMMENT)),
                    f"cidr_ipv{rule.version}": hcl_text(_cidr(address, rule.version)),
                    "ip_protocol": hcl_text(rule.protocol),
                    "from_port": str(ports.first),
                    "to_port": str(ports.last),
                },
            )
        )
    words = "Attach the security group to the machine. It replaces no other group that the machine has."
    variable = _variable(f"{own}_vpc_id", "The VPC of the machine")
    return _file(holder, "Terraform for AWS", words, variable, group, *rules)


def azure(holder: Holder) -> str:
    """A network security group with one rule for each port and network."""
    own = f"{TAG}_{_identifier(holder.name)}"
    group = _block(
        "resource",
        ["azurerm_network_security_group", own],
        {
            "name": hcl_text(f"{TAG}-{holder.name}"),
            "location": f"var.{own}_location",
            "resource_group_name": f"var.{own}_resource_group",
        },
    )
    rules = [
        _block(
            "resource",
            ["azurerm_network_security_rule", name],
            {
                "name": hcl_text(f"{TAG}-{rule.direction}-{rule.protocol}-{rule.ports}-{place}"),
                "description": hcl_text(reason(rule, _AZURE_COMMENT)),
                "priority": f"var.{own}_first_priority + {place}",
                "direction": hcl_text("Inbound" if rule.direction == IN else "Outbound"),
                "access": hcl_text("Allow"),
                "protocol": hcl_text(rule.protocol.capitalize()),
                "source_address_prefix": hcl_text(_cidr(rule.source.address, rule.version)),
                "source_port_range": hcl_text("*"),
                "destination_address_prefix": hcl_text(_cidr(rule.destination.address, rule.version)),
                "destination_port_range": hcl_text(str(rule.ports)),
                "resource_group_name": f"var.{own}_resource_group",
                "network_security_group_name": f"azurerm_network_security_group.{own}.name",
            },
        )
        for place, (name, rule) in enumerate(_usable(holder))
    ]
    variables = (
        _variable(f"{own}_resource_group", "The resource group of the machine"),
        _variable(f"{own}_location", "The region of the machine"),
        _variable(
            f"{own}_first_priority", "The priority of the first rule; each further one is one higher", "number", "200"
        ),
    )
    words = "Associate the group with the machine's network interface or subnet."
    return _file(holder, "Terraform for Azure", words, *variables, group, *rules)


def google(holder: Holder) -> str:
    """One firewall rule for each port and network, for machines with a tag."""
    own = f"{TAG}_{_identifier(holder.name)}"
    rules = []
    for name, rule in _usable(holder):
        arguments = {
            "name": hcl_text(_google_name(f"{TAG}-{name}")),
            "description": hcl_text(reason(rule, _GOOGLE_COMMENT)),
            "network": f"var.{own}_network",
            "direction": hcl_text("INGRESS" if rule.direction == IN else "EGRESS"),
            "target_tags": f"[var.{own}_tag]",
        }
        if rule.direction == IN:
            arguments["source_ranges"] = f"[{hcl_text(_cidr(rule.source.address, rule.version))}]"
        arguments["destination_ranges"] = f"[{hcl_text(_cidr(rule.destination.address, rule.version))}]"
        protocol, ports = hcl_text(rule.protocol), hcl_text(str(rule.ports))
        allow = f"\n  allow {{\n    protocol = {protocol}\n    ports    = [{ports}]\n  }}"
        rules.append(_block("resource", ["google_compute_firewall", name], arguments, allow))
    variables = (
        _variable(f"{own}_network", "The network of the machine"),
        _variable(
            f"{own}_tag", "The network tag of the machine", default=hcl_text(_google_name(f"{TAG}-{holder.name}"))
        ),
    )
    return _file(holder, "Terraform for Google Cloud", "Give the machine the network tag.", *variables, *rules)


def _google_name(text: str) -> str:
    """Small letters, digits and hyphens, a letter first, at most 63."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:63].rstrip("-")


def _format(name: str, title: str, make: Callable[[Holder], str]) -> Format:
    def apply(holder: Holder) -> str:
        require_host(holder, title)
        return make(holder)

    def remove(holder: Holder) -> str:
        require_host(holder, title)
        words = "Put this file in the place of the one with the rules and apply it: Terraform takes away what it lacks."
        return head(holder, title, words, remove=True)

    return Format(name, title, "tf", apply, remove)


AWS_FORMAT = _format("terraform-aws", "Terraform for AWS", aws)
AZURE_FORMAT = _format("terraform-azure", "Terraform for Azure", azure)
GOOGLE_FORMAT = _format("terraform-gcp", "Terraform for Google Cloud", google)
