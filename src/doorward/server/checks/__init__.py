"""What can be wrong with a server and around it, each thing looked at by a small function and said in words.

One module a subject; ``running.run_checks`` runs them all. This package itself needs no Django, so that settings that
cannot be read can be told as a finding too.
"""

from doorward.server.checks.findings import Finding, Level, worst

__all__ = ["Finding", "Level", "worst"]
