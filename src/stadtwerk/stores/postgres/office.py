"""Who may write a tenant: one process at a time, each later one with a higher epoch that fences off the earlier."""

from __future__ import annotations

import asyncpg

from stadtwerk.kernel.refusal import Refused

NOW_MS, HANDOVER_MS = 50, 2_000
"""How long to wait for a writer that should not be there, and for one that is just ending, milliseconds."""
KEPT = 1_000
"""How many writers the tenant remembers."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS writer (
  epoch bigint PRIMARY KEY, reign text NOT NULL, who text NOT NULL,
  since timestamptz NOT NULL DEFAULT now(), until timestamptz);
CREATE OR REPLACE FUNCTION check_writer(mine bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM writer WHERE epoch = mine AND until IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'writer % of % was overtaken', mine, current_schema();
  END IF;
END $$;
"""


async def take_office(db: asyncpg.Connection, tenant: str, *, reign: str, who: str, take_over: bool) -> int:
    """Become the tenant's one writer and return its epoch.

    Refuses while another reign writes, unless told to take over, and a reign that was overtaken for ever.

    The row of the writer before is locked by each of its transactions, so that its end is written after its last
    commit and before our first; whatever it tries later finds the row ended.
    """
    await _refuse_overtaken(db, tenant, reign)
    if not await _lock(db, tenant, NOW_MS):
        holder = await _holder(db, tenant)
        if take_over or holder[0] == reign:
            await _send_away(db, tenant)
        if not await _lock(db, tenant, HANDOVER_MS):
            raise _running(tenant, holder[1])
    await db.execute(f"CREATE SCHEMA IF NOT EXISTS {tenant}")
    await db.execute(_SCHEMA)
    await _refuse_overtaken(db, tenant, reign)
    await _send_away(db, tenant)
    async with db.transaction():
        await db.execute("UPDATE writer SET until=now() WHERE until IS NULL")
        insert = "INSERT INTO writer SELECT coalesce(max(epoch), 0) + 1, $1, $2 FROM writer RETURNING epoch"
        epoch = await db.fetchval(insert, reign, who)
        await db.execute("DELETE FROM writer WHERE epoch <= $1", epoch - KEPT)
    return int(epoch)


async def _lock(db: asyncpg.Connection, tenant: str, wait_ms: int) -> bool:
    """Take the tenant's lock, which the server holds for as long as this connection lives."""
    try:
        async with db.transaction():
            await db.execute(f"SET LOCAL lock_timeout = {wait_ms}")
            await db.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", f"stadtwerk {tenant}")
    except asyncpg.LockNotAvailableError:
        return False
    return True


async def _holder(db: asyncpg.Connection, tenant: str) -> tuple[str, str]:
    """Return reign and name of who wrote last."""
    known = await db.fetchval("SELECT to_regclass('writer') IS NOT NULL")
    row = await db.fetchrow("SELECT reign, who, since FROM writer ORDER BY epoch DESC LIMIT 1") if known else None
    return (row["reign"], f"{row['who']} since {row['since']:%Y-%m-%d %H:%M:%S} UTC") if row else ("", "somebody")


async def _send_away(db: asyncpg.Connection, tenant: str) -> None:
    """End the connections of earlier writers: one that sleeps in a transaction would hold its locks for ever."""
    await db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name=$1 AND datname=current_database() AND pid<>pg_backend_pid()",
        f"stadtwerk writer {tenant}",
    )


async def _refuse_overtaken(db: asyncpg.Connection, tenant: str, reign: str) -> None:
    last = (await _holder(db, tenant))[0]
    if last not in ("", reign) and await db.fetchval("SELECT count(*) FROM writer WHERE reign=$1", reign):
        raise Refused.of(
            "overtaken", "Another city process took over", 409, f"tenant {tenant} is written by somebody else now."
        )


def _running(tenant: str, holder: str) -> Refused:
    detail = f"tenant {tenant} is written by {holder}; end it there, or start with --take-over."
    return Refused.of("running", "The city already runs on this database", 409, detail)
