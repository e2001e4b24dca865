"""What the guide for those who connect a system prints, so that tests can do exactly that."""

from __future__ import annotations

import json
import re
from typing import Any

from deploy.local.home import ROOT

GUIDE = (ROOT / "docs" / "integrators.md").read_text()


def printed_functions() -> dict[str, Any]:
    """The functions that the guide prints in Python, by name."""
    found: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL):
        exec(code, found)
    return found


def body_sent_to(address: str) -> dict[str, Any]:
    """The JSON that the guide's `curl` sends to this address."""
    [found] = re.findall(rf"curl -X POST \"?{re.escape(address)}.*?-d '(.*?)'\n", GUIDE, re.DOTALL)
    return json.loads(found)
