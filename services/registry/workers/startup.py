"""Startup of the registry. It creates the first release, a signing key, demo keys and demo accounts."""

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
from services.registry.domain import demo, district_files, signatures, tokens
from services.registry.domain.bindings import check_bindings
from services.registry.domain.changes import Change, additions
from services.registry.domain.district_files import InvalidDistrictFilesError
from services.registry.domain.proposal import from_files
from services.registry.store.accounts import Accounts
from services.registry.store.publishing import publish_changes, refresh_snapshot
from services.registry.store.registry_state import RegistryState
from services.registry.store.token_signer import TokenSigner

log = logging.getLogger(__name__)

_STARTUP_LOCK = 0x7265_6773  # "regs"
"""Number of the PostgreSQL advisory lock that lets replicas run `start` one after the other."""


async def start(context: Context) -> None:
    """Publish the first release if there is none. Create a missing signing key, demo keys and demo accounts.

    A repeated call adds only what is missing.
    """
    state: RegistryState = context.process_state
    state.signer.open(context.settings.gridloop_secret_key)
    state.accounts.open(context.settings.database_url)
    async with context.database.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _STARTUP_LOCK)
        try:
            await _publish_missing(context, state.signer)
            if context.district_or_none is not None:
                await _add_demo_accounts(context, state.accounts)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", _STARTUP_LOCK)


async def _publish_missing(context: Context, signer: TokenSigner) -> None:
    """Publish the missing ones of these as one release: the district's data, a signing key, demo keys."""
    await refresh_snapshot(context)
    district, settings = context.district_or_none, context.settings
    changes: list[Change] = []
    if district is None:
        if settings.gridloop_district is None:
            log.warning("no district yet: set GRIDLOOP_DISTRICT to a folder of district files and start again")
            return
        changes += _first_release(settings.gridloop_district)
    new: list[Entity] = []
    if district is None or not await signer.has_private_key(context.database, dict(district.signing_keys)):
        key_id, private = tokens.new_signing_key()
        await signer.store_key(context.database, key_id, private)
        new.append(tokens.public_key_of(key_id, private))
    new += _missing_demo_keys(context)
    if changes or new:
        note = "初始导入 / first import" if changes else "密钥 / keys"
        based_on = district.release if district is not None else 0
        await publish_changes(context, [*changes, *additions(*new)], "gridloop", note, based_on=based_on)


def _first_release(folder: Path) -> list[Change]:
    """Return the changes of the first release. Faults are logged, and then `InvalidDistrictFilesError` is raised."""
    proposal = from_files(district_files.read(folder), {})
    if proposal.findings:
        for finding in proposal.findings:
            log.error("%s:%s: %s / %s", finding.file, finding.line, finding.en, finding.zh)
        raise InvalidDistrictFilesError(proposal.findings)
    for warning in proposal.warnings:
        log.warning("%s:%s: %s / %s", warning.file, warning.line, warning.en, warning.zh)
    return proposal.changes


def _missing_demo_keys(context: Context) -> list[Entity]:
    """Return the demo machine keys that are not published yet. Without a file of demo secrets there are none."""
    secrets = _demo_secrets(context)
    if secrets is None:
        return []
    pepper = keys.derive(context.settings.gridloop_secret_key, "machine-keys")
    hashes = {key: keys.key_hash(pepper, key) for key in (*secrets.channels.values(), *secrets.units.values())}
    district = context.district_or_none
    known = {each.hash for each in district.machine_keys.values()} if district is not None else set[str]()
    vault, now = Vault(context.settings.gridloop_secret_key, MESSAGE_SECRETS), datetime.now(UTC)
    missing = [each for each in demo.machine_keys(secrets, hashes) if each.hash not in known]
    return [
        signatures.with_new_secret(each, secret, vault, now, now) if (secret := secrets.secret_of(each.id)) else each
        for each in missing
    ]


async def _add_demo_accounts(context: Context, accounts: Accounts) -> None:
    """Create the missing demo accounts, with the rights that the district's `demo.jsonl` gives them."""
    secrets, folder = _demo_secrets(context), context.settings.gridloop_district
    if secrets is None or folder is None:
        return
    lines = await asyncio.to_thread((folder / "demo.jsonl").read_bytes)
    described = demo.parse_accounts(lines)
    known = await accounts.usernames()
    for name, credentials in secrets.accounts.items():
        if credentials.username in known:
            continue
        account = described.get(name) or demo.DemoAccount(account=name, name=name, name_en=name, roles=(name,))
        check_bindings(account, context.district)
        await accounts.create(
            credentials.username,
            credentials.password,
            name=account.name,
            name_en=account.name_en,
            bindings=account,
            by="gridloop",
        )


def _demo_secrets(context: Context) -> demo.DemoSecrets | None:
    file = context.settings.gridloop_demo_accounts
    return demo.parse_secrets(file.read_bytes()) if file is not None else None
