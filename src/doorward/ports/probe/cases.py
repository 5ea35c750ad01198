"""The table of verdicts, in order."""

from __future__ import annotations

from doorward.ports.probe import cases_network, cases_server, cases_service
from doorward.ports.probe.verdict import Case

CASES: tuple[Case, ...] = (
    cases_network.no_such_target,
    cases_network.address_conflict,
    cases_network.wrong_subnet,
    cases_service.path_under_test,
    cases_service.other_device,
    cases_server.points_elsewhere,
    cases_server.no_server_here,
    cases_server.dials_in_vain,
    cases_service.device_on_the_wanted_port,
    cases_server.is_connected,
    cases_service.server_answers,
    cases_service.biostar2_device,
    cases_service.wrong_port,
    cases_service.tls_there,
    cases_service.other_service,
    cases_service.held,
    cases_network.no_way,
    cases_network.filtered,
    cases_service.refused,
    cases_network.nothing_there,
)
