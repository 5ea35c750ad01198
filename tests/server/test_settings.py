from __future__ import annotations

from pathlib import Path

import pytest

from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.database_url import parse_database_url
from doorward.server.places import default_settings_path
from doorward.server.settings import SettingsMissing, load_settings
from doorward.server.settings_file import write_settings_file


def load(tmp_path: Path, text: str, **variables: str):  # type: ignore[no-untyped-def] # the settings, by inference
    path = tmp_path / "doorward.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environment=variables)


def test_without_a_file_all_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "absent.toml", environment={})
    assert (settings.web.port, settings.devices.port, settings.events.retention_months) == (8080, 1480, 0)
    assert settings.database_target.vendor == "sqlite"


def test_a_named_file_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsMissing, match=r"absent\.toml"):
        load_settings(tmp_path / "absent.toml", environment={}, required=True)


def test_a_variable_beats_the_file(tmp_path: Path) -> None:
    settings = load(
        tmp_path, "[web]\nport = 9000\nhosts = ['a']\n", DOORWARD_WEB_PORT="9001", DOORWARD_WEB_HOSTS="b, c"
    )
    assert (settings.web.port, settings.web.hosts) == (9001, ("b", "c"))


@pytest.mark.parametrize(
    ("text", "variables", "words"),
    [
        ("[web]\nport = 70000", {}, r"doorward\.toml: web\.port: 70000 is not allowed; allowed: a whole number from 0"),
        ("[web]\nport = true", {}, r"web\.port: True"),
        ("[web]\nport = '80'", {}, r"web\.port: '80'"),
        ("", {"DOORWARD_WEB_PORT": "many"}, r"variable DOORWARD_WEB_PORT: web\.port: 'many'"),
        ("[wep]\nport = 1", {}, "wep: 'this key' is not allowed"),
        ("[web]\nprot = 1", {}, r"web\.prot"),
        ("web = 5", {}, r"a section \[web\]"),
        ("time_zone = 'Berlin'", {}, "time_zone: 'Berlin'"),
        ("data_folder = 'here'", {}, "absolute path"),
        ("[database]\nurl = 'mysql://x:secret@y/z'", {}, r"database\.url: 'mysql://\.\.\.'"),
        ("", {"DOORWARD_DATABASE_URL": "oracle"}, "variable DOORWARD_DATABASE_URL"),
        ("[log]\nlevel = 'loud'", {}, "debug, info, warning, error"),
        ("[web]\nport = 1480", {}, "another port than devices.port has"),
        ("[devices]\nidentify_seconds = 11", {}, "a number from 0.1 to 10"),
        ("[web]\nhosts = []", {}, r"web\.hosts"),
    ],
)
def test_a_refusal_names_place_key_value_and_what_is_allowed(
    tmp_path: Path, text: str, variables: dict[str, str], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        load(tmp_path, text, **variables)
    assert "secret" not in str(caught.value)


def test_a_near_miss_is_suggested(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, "[web]\nprot = 1")
    assert caught.value.advice == "Did you mean web.port?"


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DoorwardError, match="is not a TOML file"):
        load(tmp_path, "[web\n")
    (tmp_path / "doorward.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DoorwardError, match="not UTF-8"):
        load_settings(tmp_path / "doorward.toml", environment={})


def test_places_follow_the_base_directory_specification(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_settings_path() == tmp_path / "doorward" / "doorward.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert default_settings_path().is_absolute()
    monkeypatch.setenv("DOORWARD_SETTINGS", "/etc/doorward.toml")
    assert default_settings_path() == Path("/etc/doorward.toml")


def test_the_first_settings_file_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "doorward.toml"
    folder = tmp_path / 'odd "name" ü'
    write_settings_file(
        path,
        data_folder=folder,
        url="postgresql://u:p%40@h/n",
        time_zone="Europe/Berlin",
        web_address="127.0.0.1",
        web_port=1,
        device_port=2,
    )
    settings = load_settings(path, environment={})
    assert (settings.data_path, settings.web.port, settings.devices.port) == (folder, 1, 2)
    assert settings.database_target.django["PASSWORD"] == "p@"
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(DoorwardError, match="already"):
        write_settings_file(
            path, data_folder=folder, url="", time_zone="UTC", web_address="", web_port=1, device_port=2
        )


def test_a_database_is_named_without_its_password() -> None:
    target = parse_database_url("postgresql://door:secret@db.example:5433/site?sslmode=require")
    assert (target.vendor, target.name, target.folder) == ("postgresql", "site", None)
    assert target.django["PORT"] == "5433"
    assert target.django["OPTIONS"]["sslmode"] == "require"
    assert "secret" not in target.words
    with pytest.raises(InvalidInput) as caught:
        parse_database_url("postgresql://door:secret@host/")
    assert "secret" not in str(caught.value)
    for path in ("sqlite:////srv/a b.db", "sqlite:///srv/a b.db"):
        assert parse_database_url(path).name == "/srv/a b.db"
