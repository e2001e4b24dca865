"""The integrators' guide: its text and its code, so that tests can do exactly what it prints."""

from __future__ import annotations

import json
import re
from typing import Any

from deploy.local.home import ROOT

GUIDES = {
    "en": (ROOT / "docs" / "integrators.md").read_text("utf-8"),
    "zh": (ROOT / "docs" / "integrators.zh-CN.md").read_text("utf-8"),
}
"""The text of the guide by language."""


def python_functions(language: str = "en") -> dict[str, Any]:
    """Return the Python functions of the guide by name."""
    found: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", GUIDES[language], re.DOTALL):
        exec(code, found)
    return found


def curl_body(address: str, language: str = "en") -> dict[str, Any]:
    """Return the JSON body that the guide's `curl` sends to an address."""
    pattern = rf"curl -X POST \"?{re.escape(address)}.*?-d '(.*?)'\n"
    [found] = re.findall(pattern, GUIDES[language], re.DOTALL)
    return json.loads(found)
