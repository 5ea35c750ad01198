"""Imports what ``doorward`` imports, with Django up on no settings file; see ``ready_programs``."""

from __future__ import annotations

import gc
import importlib
import os

for name in [name for name in os.environ if name.startswith("DOORWARD_")]:
    del os.environ[name]
os.environ["DOORWARD_SETTINGS"] = os.devnull

from doorward.server.setup import set_up  # noqa: E402 - after the environment

set_up()

import doorward.cli.main  # noqa: E402
import doorward.server.run  # noqa: E402 - everything else of a server

# isort: split
from django.contrib.auth.hashers import PBKDF2PasswordHasher  # noqa: E402
from django.urls import get_resolver  # noqa: E402

_ = get_resolver().url_patterns
for place in doorward.cli.main.COMMANDS.values():
    importlib.import_module(place.partition(":")[0])
# Every story signs in; a slow digest would only make it slow.
PBKDF2PasswordHasher.iterations = 1
# What is there now stays, in this process and in all that come from it.
gc.freeze()
