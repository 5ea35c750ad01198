"""The limit of open files."""

from __future__ import annotations

import sys

import pytest

from doorward.transport.open_files import UNLIMITED, allow_open_files

resource = pytest.importorskip("resource")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_the_limit_is_raised_as_far_as_it_may_be() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft, hard = before
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
        assert allow_open_files(128) == 128
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (128, hard)
        assert allow_open_files(100) == 128
        if hard != resource.RLIM_INFINITY:
            assert allow_open_files(hard + 1) == hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert soft < UNLIMITED
