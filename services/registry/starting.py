"""What the registry does before its first request: the first release, a key to sign with, demo accounts."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path

from contracts.registry import Entity
from services.chassis import keys
from services.chassis.auth import MESSAGE_SECRETS
from services.chassis.context import Context
from services.chassis.vault import Vault
from services.registry.domain import files, people, signatures, tokens
from services.registry.domain.changes import Change
from services.registry.domain.files import DistrictFilesWrong
from services.registry.domain.proposal import from_files
from services.registry.office import Office
from services.registry.publishing import look, publish_changes, recorded
from services.registry.store.people import People
from services.registry.store.signing import Mint

log = logging.getLogger(__name__)

_STARTED = 0x7265_6773  # "regs"
"""Advisory lock: replicas that start together do this one after the other."""


async def start(context: Context) -> None:
    """Import the district if there is no release yet, and see to signing keys and demo accounts. Safe to repeat."""
    office: Office = context.own
    office.mint.open(context.settings.gridloop_secret_key)
    office.people.open(context.settings.database_url)
    async with context.database.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _STARTED)
        try:
            await _publish(context, office.mint)
            if context.district_or_none is not None:
                await _demo_people(context, office.people)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", _STARTED)


async def _publish(context: Context, mint: Mint) -> None:
    """Bring out, as one release, what is missing: district, signing key, demo keys."""
    await look(context)
    district, settings = context.district_or_none, context.settings
    changes: list[Change] = []
    if district is None:
        if settings.gridloop_district is None:
            log.warning("no district yet: set GRIDLOOP_DISTRICT to a folder of district files and start again")
            return
        changes += _first_release(settings.gridloop_district)
    new: list[Entity] = []
    if district is None or not await mint.usable(context.database, dict(district.signing_keys)):
        key_id, private = tokens.new_signing_key()
        await mint.store(context.database, key_id, private)
        new.append(tokens.public_half(key_id, private))
    new += _demo_keys(context)
    if changes or new:
        await publish_changes(
            context, [*changes, *recorded(*new)], "gridloop", "初始导入 / first import" if changes else "密钥 / keys",
            based_on=district.release if district is not None else 0,
        )  # fmt: skip


def _first_release(folder: Path) -> list[Change]:
    proposal = from_files(files.read(folder), {})
    if proposal.findings:
        for finding in proposal.findings:
            log.error("%s:%s: %s / %s", finding.file, finding.line, finding.en, finding.zh)
        raise DistrictFilesWrong(proposal.findings)
    for warning in proposal.warnings:
        log.warning("%s:%s: %s / %s", warning.file, warning.line, warning.en, warning.zh)
    return proposal.changes


def _demo_keys(context: Context) -> list[Entity]:
    """Keys of the demo file that are not published yet."""
    secrets = _demo_secrets(context)
    if secrets is None:
        return []
    pepper = keys.derive(context.settings.gridloop_secret_key, "machine-keys")
    hashes = {key: keys.key_hash(pepper, key) for key in (*secrets.channels.values(), *secrets.units.values())}
    district = context.district_or_none
    known = {each.hash for each in district.machine_keys.values()} if district is not None else set[str]()
    vault, now = Vault(context.settings.gridloop_secret_key, MESSAGE_SECRETS), datetime.now(UTC)
    new = [each for each in people.demo_keys(secrets, hashes) if each.hash not in known]
    return [
        signatures.demanded(each, secret, vault, now, now) if (secret := secrets.secret_of(each.id)) else each
        for each in new
    ]


async def _demo_people(context: Context, accounts: People) -> None:
    """Accounts of the demo file that are not there yet, bound as the district's `demo.jsonl` says."""
    secrets, folder = _demo_secrets(context), context.settings.gridloop_district
    if secrets is None or folder is None:
        return
    lines = await asyncio.to_thread((folder / "demo.jsonl").read_bytes)
    described = people.demo_accounts(lines)
    known = await accounts.usernames()
    for name, credentials in secrets.accounts.items():
        if credentials.username in known:
            continue
        demo = described.get(name) or people.DemoAccount(account=name, name=name, name_en=name, roles=(name,))
        people.check_bindings(demo, context.district)
        await accounts.create(
            credentials.username,
            credentials.password,
            name=demo.name,
            name_en=demo.name_en,
            bindings=demo,
            by="gridloop",
        )


def _demo_secrets(context: Context) -> people.DemoSecrets | None:
    file = context.settings.gridloop_demo_accounts
    return people.read_demo_secrets(file.read_bytes()) if file is not None else None
