"""Prints what an operator applies once: `python -m bot.sandbox.kubernetes | kubectl apply -f -`."""

from __future__ import annotations

import json
import sys

from bot.sandbox.kubernetes.policies import operator_manifests
from bot.settings import read_settings

if __name__ == "__main__":
    manifests = operator_manifests(read_settings().kubernetes_namespace)
    sys.stdout.write(json.dumps(manifests, indent=2) + "\n")
