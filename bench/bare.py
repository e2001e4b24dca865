"""The bare handler, with which B1 (`bench.accept`) compares intake: a web server that only inserts each request body.

Run it with `python -m bench.bare <database> <port>`.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncGenerator

import asyncpg
import uvicorn
from fastapi import FastAPI, Request, Response


@contextlib.asynccontextmanager
async def _pool(app: FastAPI) -> AsyncGenerator[None]:
    async with asyncpg.create_pool(sys.argv[1], min_size=3, max_size=10) as pool:
        await pool.execute(
            "CREATE TABLE IF NOT EXISTS bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea)"
        )
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_pool)


@app.post("/api/intake/reports", status_code=202)
async def insert(request: Request) -> Response:
    """Insert the body of the request into the database."""
    await app.state.pool.execute("INSERT INTO bare (body) VALUES ($1)", await request.body())
    return Response(b"{}", status_code=202, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[2]), log_level="warning", access_log=False, loop="uvloop", http="httptools")
