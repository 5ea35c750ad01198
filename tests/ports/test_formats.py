"""Each format: complete, nothing wider than the plan, and harmless whatever a name or reason holds."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from doorward.model.errors import InvalidInput, Unsupported
from doorward.ports.formats import firewalld, iptables, nftables, ufw
from doorward.ports.formats.common import harmless, reason
from doorward.ports.plan import Holder
from doorward.ports.rules import FORMATS, render_rules
from tests.ports.every_rule import HOSTS_ONLY, PLAN, supported, with_evil_words
from tests.ports.sites import everything

SHELL = ("nftables", "iptables", "ufw", "firewalld")

CASES = [(name, holder) for name in FORMATS for holder in supported(name)]
IDS = [f"{name}-{holder.name}" for name, holder in CASES]


@pytest.mark.parametrize(("name", "holder"), CASES, ids=IDS)
def test_every_rule_is_there_and_nothing_wider(name: str, holder: Holder) -> None:
    text = render_rules(PLAN, holder.name, name)
    in_cloud = name.startswith("terraform")
    for rule in holder.rules:
        if in_cloud and (rule.flow.answer or rule.flow.broadcast):
            continue
        far = rule.source if rule.direction == "in" else rule.destination
        assert far.network.with_prefixlen in text or far.address in text, rule.title
        assert str(rule.ports.first) in text
    everybody = ("0.0.0.0/0", "::/0", "any/any", "remoteip=any", "-RemoteAddress Any")
    assert not any(words in text for words in everybody)
    assert text.isascii()  # whatever a shell makes of it when it goes into a file
    assert text.endswith("\n")
    assert all(len(line) < 1000 for line in text.splitlines())


@pytest.mark.parametrize(("name", "holder"), CASES, ids=IDS)
@pytest.mark.parametrize("remove", [False, True], ids=["apply", "remove"])
def test_the_text_is_the_same_each_time(name: str, holder: Holder, remove: bool) -> None:
    assert render_rules(PLAN, holder.name, name, remove=remove) == render_rules(
        everything(), holder.name, name, remove=remove
    )


@pytest.mark.parametrize("name", HOSTS_ONLY)
def test_a_format_of_hosts_is_refused_for_a_firewall(name: str) -> None:
    for remove in (False, True):
        with pytest.raises(Unsupported, match="edge is a firewall between networks"):
            render_rules(PLAN, "edge", name, remove=remove)


def test_routeros_is_refused_for_a_host() -> None:
    with pytest.raises(Unsupported, match="main is a host"):
        render_rules(PLAN, "main", "mikrotik")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InvalidInput, match="--format: 'pf' is not allowed; allowed: plain, nftables"):
        render_rules(PLAN, "main", "pf")
    with pytest.raises(InvalidInput, match="--for: 'nobody'"):
        render_rules(PLAN, "nobody", "plain")
    with pytest.raises(InvalidInput, match="only with --format nftables"):
        render_rules(PLAN, "main", "plain", table="inet filter")


@pytest.mark.parametrize(
    "table", ["filter", "inet filter; flush ruleset", "inet fil'ter", "inet $(id)", "ip filter", ""]
)
def test_a_wrong_table_is_refused(table: str) -> None:
    with pytest.raises(InvalidInput, match="--table"):
        nftables.checked_table(table)


# --- shells ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHELL)
@pytest.mark.parametrize("remove", [False, True], ids=["apply", "remove"])
def test_scripts_are_shell(name: str, remove: bool) -> None:
    for holder in PLAN.holders:
        text = render_rules(PLAN, holder.name, name, remove=remove)
        assert text.startswith("#!/bin/sh\n# ")
        assert "set -eu\n" in text
        subprocess.run(("sh", "-n"), input=text, text=True, check=True, timeout=10)


FAKES = {
    "nft": "exit 0",
    "iptables": 'case "$2" in -D | -F | -C) exit 1 ;; esac',
    "ip6tables": 'case "$2" in -D | -F | -C) exit 1 ;; esac',
    "iptables-restore": "cat >/dev/null",
    "ip6tables-restore": "cat >/dev/null",
    "ufw": "if [ \"$1\" = status ]; then echo 'Status: active'; fi",
    "firewall-cmd": "exit 0",
}


@pytest.mark.parametrize("name", SHELL)
def test_nothing_in_a_script_is_run_but_the_firewall(name: str, tmp_path: Path) -> None:
    """The firewall's programs are replaced by idle ones, and ``reboot`` by one that leaves a trace."""
    for program, body in (FAKES | {"reboot": f"touch {tmp_path}/rebooted"}).items():
        (tmp_path / program).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / program).chmod(0o755)
    for program in ("cat", "sed", "grep", "tail", "mktemp", "rm", "touch", "sh"):
        found = shutil.which(program)
        assert found is not None
        (tmp_path / program).symlink_to(found)
    for holder in map(with_evil_words, PLAN.holders):
        done = subprocess.run(
            ("sh",),
            input=FORMATS[name].apply(holder),
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
            env={"PATH": str(tmp_path)},
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert not (tmp_path / "rebooted").exists()
    subprocess.run(("sh", "-c", "reboot"), check=True, env={"PATH": str(tmp_path)}, timeout=20)
    assert (tmp_path / "rebooted").exists(), "the trace is none"


def test_a_quoted_word_stays_one() -> None:
    for holder in map(with_evil_words, PLAN.holders):
        for rule in holder.rules:
            words = shlex.split(ufw.line(rule))
            assert words[-2] == "comment"
            assert words[-1].startswith("doorward: ")
            words = shlex.split(iptables.line(rule))
            assert words[words.index("--comment") + 2 :] == ["-j", "ACCEPT"]


def test_comments_are_short_and_harmless() -> None:
    for holder in (*PLAN.holders, *map(with_evil_words, PLAN.holders)):
        for rule in holder.rules:
            for limit in (100, 120, 140, 250):
                text = reason(rule, limit)
                assert 0 < len(text) <= limit
                assert re.fullmatch(r"[A-Za-z0-9 .,:;()/_+=@-]+", text)
    assert harmless("a" * 300, 50) != ""


def test_the_firewall_keeps_words_of_route_rules_apart() -> None:
    """ufw reads 'in', 'out' and 'on' in a comment of a route rule as interfaces."""
    for holder in PLAN.holders:
        for rule in holder.rules:
            comment = shlex.split(ufw.line(rule))[-1]
            assert not {"in", "out", "on"} & set(comment.split())


# --- nftables and iptables -------------------------------------------------------------------------------


def test_nftables_matches_all_that_the_plan_says() -> None:
    text = render_rules(PLAN, "laptop", "nftables")
    answer = next(line for line in text.splitlines() if "sport 51110" in line)
    assert answer.startswith(
        "add rule inet filter doorward_input ip saddr 10.1.0.0/24 ip daddr 10.1.0.9 udp sport 51110 "
        "udp dport 32768-65535 ct state new accept comment "
    )
    assert "ip6 saddr 2001:db8:1::20" in render_rules(PLAN, "office", "nftables")
    rules = [line for line in text.splitlines() if line.startswith("add rule")]
    assert len(rules) == len(PLAN.holder("laptop").rules)
    assert all(re.search(r'comment "[^"]{1,127}"$', line) for line in rules)


def test_iptables_keeps_the_versions_apart() -> None:
    text = render_rules(PLAN, "edge", "iptables")
    four, six = text.split("ip6tables-restore")
    assert "2001:db8" not in four
    assert "10.1.0.0/24" not in six.split("RULES\njump")[0]
    assert "-A DOORWARD-FORWARD -s 2001:db8:2::/64 -d 2001:db8:1::5 -p tcp --dport 1480" in six


def test_firewalld_says_what_it_cannot_narrow() -> None:
    text = render_rules(PLAN, "laptop", "firewalld")
    assert "are not narrowed here" in text
    assert '<source-port port="51110" protocol="udp"/>' in text
    assert "are not narrowed here" not in render_rules(PLAN, "main", "firewalld")


def test_firewalls_policies_are_xml() -> None:
    from xml.etree import ElementTree

    for holder in (*PLAN.holders, *map(with_evil_words, PLAN.holders)):
        text = firewalld.apply(holder)
        policies = re.findall(r"<<'POLICY'\n(.*?)\nPOLICY", text, flags=re.DOTALL)
        rules = [rule for policy in policies for rule in ElementTree.fromstring(policy).iter("rule")]
        assert len(rules) == len(holder.rules)
        assert all(rule.find("source") is not None and rule.find("destination") is not None for rule in rules)
