"""Command that resumes, at every service, the cases that diverged from a restored service.

    python -m services.chassis.resume_cases <restored service> <who decides> <why>

Needs the same settings `GRIDLOOP_URL_<SERVICE>` and `GRIDLOOP_SERVICE_KEY` as a service.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

import httpx

from contracts.base import CASE_SOURCES
from services.chassis import http_client
from services.chassis.settings import Settings, load_or_exit

_LISTENERS = (*CASE_SOURCES, "tracking")


async def resume(urls: Mapping[str, str], service_key: str, source: str, by: str, reason: str) -> dict[str, int]:
    """Resume every case that diverged from this source, and return the number of resumed cases for each service.

    Raises `httpx.HTTPError` if a service does not answer; the call can be repeated.
    """
    resumed: dict[str, int] = {}
    decision = {"source": source, "by": by, "reason": reason}
    async with http_client.create_client(headers={"authorization": f"Bearer {service_key}"}, timeout=120) as client:
        for service, url in urls.items():
            resumed[service] = await _resume_at(client, f"{url}/internal/diverged/resume", decision)
    return resumed


async def _resume_at(client: httpx.AsyncClient, url: str, decision: Mapping[str, str]) -> int:
    count = 0
    while True:
        response = await client.post(url, json=dict(decision))
        response.raise_for_status()
        response = response.json()
        count += response["resumed"]
        if not response["left"] or not response["resumed"]:
            return count


async def main(settings: Settings, source: str, by: str, reason: str) -> int:
    """Resume the cases, print a line for each service, and return the exit code."""
    urls = {service: settings.gridloop_urls[service] for service in _LISTENERS if service != source}
    try:
        resumed = await resume(urls, settings.gridloop_service_key, source, by, reason)
    except httpx.HTTPError as error:
        sys.stderr.write(f"gridloop: 有服务未应答，请重试 / a service did not answer, try again: {error!r}\n")
        return 1
    for service, count in resumed.items():
        sys.stdout.write(f"{service}: 已恢复 {count} 件案件 · {count} cases resumed\n")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in CASE_SOURCES:
        sys.exit(f"python -m services.chassis.resume_cases {'|'.join(CASE_SOURCES)} <who> <why>")
    sys.exit(asyncio.run(main(load_or_exit("console", _LISTENERS), *sys.argv[1:])))
