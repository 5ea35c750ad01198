from __future__ import annotations

from pathlib import Path

import pytest

from doorward.server.crypto import Key, KeyFileError, KeyRing, new_key_file, read_key_file, write_key_file


def test_a_key_file_is_for_its_owner_only_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "key"
    ring = new_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key_file(path).keys == ring.keys
    with pytest.raises(KeyFileError, match="already"):
        new_key_file(path)
    assert not list(tmp_path.glob("*.new"))


def test_trouble_with_the_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with pytest.raises(KeyFileError, match="missing"):
        read_key_file(path)
    new_key_file(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="Other users"):
        read_key_file(path)
    path.chmod(0o600)
    path.write_text("# nothing\n")
    with pytest.raises(KeyFileError, match="holds no key"):
        read_key_file(path)
    path.write_text("c2hvcnQ=\n")
    with pytest.raises(KeyFileError, match="Line 1"):
        read_key_file(path)
    path.write_bytes(b"\xff")
    with pytest.raises(KeyFileError, match="not a key file"):
        read_key_file(path)
    with pytest.raises(KeyFileError, match="cannot be written"):
        write_key_file(tmp_path / "absent" / "key", [Key.new()])


def test_a_secret_is_read_with_its_key_for_its_purpose_only() -> None:
    old, new = Key.new(), Key.new()
    value = KeyRing([old]).encrypt(b"secret", "a.b")
    assert b"secret" not in value
    assert value != KeyRing([old]).encrypt(b"secret", "a.b")
    assert KeyRing([new, old]).decrypt(value, "a.b") == b"secret"
    with pytest.raises(KeyFileError, match="another key"):
        KeyRing([new]).decrypt(value, "a.b")
    for damaged in (value[:-1], value[:6], b"", value[:-1] + bytes([value[-1] ^ 1])):
        with pytest.raises(KeyFileError):
            KeyRing([old]).decrypt(damaged, "a.b")
    with pytest.raises(KeyFileError, match="damaged"):
        KeyRing([old]).decrypt(value, "a.c")


def test_keys_are_not_shown() -> None:
    key = Key.new()
    assert key.secret.hex() not in repr(key)
    assert str(key.secret) not in repr(key)
