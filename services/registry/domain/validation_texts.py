"""Chinese and English texts for validation errors in district files."""

from __future__ import annotations

from pydantic import ValidationError

from services.chassis.validation import explain as explain_request


def explain(error: ValidationError) -> list[tuple[str, str]]:
    """Return a Chinese and an English sentence for each fault. Each sentence begins with the name of the field."""
    details = error.errors(include_url=False)
    pairs = zip(explain_request(details, "zh"), explain_request(details, "en"), strict=True)
    return [(f"{zh['field'] or '–'}：{zh['message']}。", f"{en['field'] or '–'}: {en['message']}.") for zh, en in pairs]
