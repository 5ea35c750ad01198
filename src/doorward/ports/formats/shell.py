"""What the scripts for a POSIX shell share."""

from __future__ import annotations

import shlex

START = "#!/bin/sh\n"


def quoted(text: str) -> str:
    """A text as one word of a shell."""
    return shlex.quote(text)


def script(comment: str, *blocks: str) -> str:
    """A script: first line, comments, then its blocks, apart by empty lines."""
    return "\n".join((START + comment + "set -eu\n", *(block.strip("\n") + "\n" for block in blocks if block.strip())))
