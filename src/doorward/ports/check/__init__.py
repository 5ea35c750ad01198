"""This machine's own ports: free or held, by whom, in which range, behind which firewall.

Example::

    async for finding in check_machine(machine_ports()):
        print(finding.subject, finding.severity.value, finding.text)
"""

from doorward.ports.check.findings import Finding, Severity
from doorward.ports.check.look import check_machine, look_at_own_ports
from doorward.ports.check.machine_ports import DEFAULT_SYSTEMS, MachinePort, machine_ports

__all__ = [
    "DEFAULT_SYSTEMS",
    "Finding",
    "MachinePort",
    "Severity",
    "check_machine",
    "look_at_own_ports",
    "machine_ports",
]
