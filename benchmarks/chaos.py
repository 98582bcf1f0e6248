"""Does every admitted job end exactly once, whatever happens to the machinery? (`make chaos`)

python benchmarks/chaos.py                 # about two minutes, fake engine, real processes, SQLite
python benchmarks/chaos.py --kills 5       # shorter

Sixteen clients order logos over HTTP from a real server with two workers, each order under a key of
its own that is sent again until it is answered. Meanwhile workers are killed by SIGKILL at random,
the server is restarted, the store is locked, the disk is filled, clients vanish. Then all is counted
from outside: a trigger in the store notes every end of a job. Exits with 1 when anything is broken.

The data folder lies on a small tmpfs, for the disk that fills: that needs root, or `unshare`. Where
neither is allowed the run says that it did without.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import services

from znak.errors import ZnakError
from znak.fields import field_of_svg
from znak.serve.results import load_result

CLIENTS = 16
DELAY_S = 0.25
"""How long the fake engine takes for a call."""
PROMPTS = ("a fox for a coffee shop", "ракета для пекарни", "an owl in a shield", "a blue whale")
TERMINAL = ("done", "failed", "cancelled")


@dataclass
class Tally:
    """What the clients saw; `admitted` is job by key."""

    admitted: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    kills: int = 0
    restarts: Counter[str] = field(default_factory=Counter)
    locked_s: float = 0.0
    full_s: float = 0.0


async def order(client: httpx.AsyncClient, tally: Tally, key: str, body: dict) -> str:
    """Order under a key until the answer is there; return the job's id."""
    while True:
        try:
            answer = await client.post("/v1/jobs", json=body, headers={"Idempotency-Key": key})
        except httpx.HTTPError as error:
            tally.answers[type(error).__name__] += 1
            await asyncio.sleep(0.3)
            continue
        tally.answers[str(answer.status_code)] += 1
        if answer.status_code == 202:
            return str(answer.json()["id"])
        if answer.status_code not in (429, 503, 507, 500):
            raise SystemExit(f"unexpected answer {answer.status_code}: {answer.text[:300]}")
        await asyncio.sleep(min(2.0, float(answer.headers.get("Retry-After", 1))))


async def follow(client: httpx.AsyncClient, job_id: str, *, vanish: bool) -> None:
    """Follow a job's events to the end, or go away in the middle."""
    with suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(0.4 if vanish else 20):
            async with client.stream("GET", f"/v1/jobs/{job_id}/events") as stream:
                async for _ in stream.aiter_lines():
                    pass


async def run_client(number: int, url: str, tally: Tally, stop: asyncio.Event, seed: int) -> None:
    """Order, follow, sometimes vanish, sometimes forget a job."""
    draw = random.Random(seed * 1000 + number)
    async with httpx.AsyncClient(base_url=url, timeout=15) as client:
        turn = 0
        while not stop.is_set():
            turn += 1
            key = f"{number}-{turn}"
            body = {"prompt": draw.choice(PROMPTS), "n": draw.choice((1, 2)), "seed": turn}
            began = time.monotonic()
            job_id = await order(client, tally, key, body)
            tally.slowest = max(tally.slowest, time.monotonic() - began)
            tally.admitted[key] = job_id
            fate = draw.random()
            if fate < 0.75:
                await follow(client, job_id, vanish=fate < 0.3)
            elif fate < 0.8:
                with suppress(httpx.HTTPError):
                    gone = await client.delete(f"/v1/jobs/{job_id}")
                    if gone.status_code == 204:
                        tally.deleted.add(key)
            else:
                await asyncio.sleep(draw.uniform(0, 0.5))


async def some_ended(database: Path, least: int, seconds: float = 20.0) -> None:
    """Wait until so many jobs more have ended."""

    def count() -> int:
        with closing(sqlite3.connect(database, timeout=30)) as connection:
            return int(connection.execute("SELECT count(*) FROM chaos").fetchone()[0])

    first, until = await asyncio.to_thread(count), time.monotonic() + seconds
    while time.monotonic() < until and await asyncio.to_thread(count) < first + least:
        await asyncio.sleep(0.1)


async def kill_workers(
    workers: list[services.Service],
    database: Path,
    tally: Tally,
    kills: int,
    draw: random.Random,
    until: float,
) -> None:
    """Kill one worker after the other at random moments, and start it again."""
    while tally.kills < kills and time.monotonic() < until:
        await asyncio.sleep(draw.uniform(0.5, 3.0))
        await some_ended(database, 3)  # on a busy machine the jobs need longer, and so do we
        victim = draw.choice(workers)
        if victim.is_ready:
            victim.kill()
            tally.kills += 1
            await asyncio.sleep(draw.uniform(0.0, 0.5))
        if not victim.is_alive:  # or it found no room to start in
            victim.start()


async def trouble(
    server: services.Service, data: Path, tally: Tally, draw: random.Random, *, can_fill: bool
) -> None:
    """Restart the server, lock the store, fill the disk, in turn."""
    for turn in range(2):
        await asyncio.sleep(draw.uniform(2, 4))
        if turn == 0:
            await asyncio.to_thread(server.stop)
        else:
            server.kill()
        tally.restarts["by SIGTERM" if turn == 0 else "by SIGKILL"] += 1
        server.start()
        await asyncio.sleep(draw.uniform(2, 4))
        began = time.monotonic()
        await asyncio.to_thread(lock, data / "jobs.sqlite", 3.0)
        tally.locked_s += time.monotonic() - began
        if can_fill:
            await asyncio.sleep(draw.uniform(2, 4))
            began = time.monotonic()
            fill(data / "ballast")
            await asyncio.sleep(4.0)
            (data / "ballast").unlink()
            tally.full_s += time.monotonic() - began


def lock(database: Path, seconds: float) -> None:
    """Hold the store's only write lock."""
    connection = sqlite3.connect(database, isolation_level=None, timeout=30)
    connection.execute("BEGIN EXCLUSIVE")
    time.sleep(seconds)
    connection.execute("ROLLBACK")
    connection.close()


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))
    with suppress(OSError), path.open("ab", buffering=0) as file:
        while True:
            file.write(b"0")


def watch_ends(database: Path) -> None:
    """Let the store note each end of a job, and each change of one that was over."""
    over = ", ".join(f"'{state}'" for state in TERMINAL)
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        connection.executescript(f"""
            CREATE TABLE chaos (id TEXT, was TEXT, became TEXT);
            CREATE TRIGGER chaos_ends AFTER UPDATE OF state ON znak_jobs
            WHEN NEW.state IN ({over}) OR OLD.state IN ({over}) BEGIN
              INSERT INTO chaos VALUES (NEW.id, OLD.state, NEW.state);
            END;
        """)


def settle(database: Path, seconds: float) -> float:
    """Wait until no job is queued or running; return how long it took."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        with closing(sqlite3.connect(database, timeout=30)) as connection:
            query = "SELECT count(*) FROM znak_jobs WHERE state IN ('queued', 'running')"
            if connection.execute(query).fetchone()[0] == 0:
                break
        time.sleep(0.1)
    return time.monotonic() - began


async def resend(url: str, tally: Tally) -> int:
    """Send every order once more under its key; return how many gave another job."""
    others = 0
    async with httpx.AsyncClient(base_url=url, timeout=15) as client:
        listed = await client.get("/v1/jobs", params={"limit": 100})
        listed.raise_for_status()
        orders = {job["id"]: job for job in listed.json()["jobs"]}
        for key, job_id in tally.admitted.items():
            if job_id not in orders:
                continue
            job = orders[job_id]
            body = {"prompt": job["prompt"], "n": job["n"], "seed": job["seed"]}
            others += await order(client, Tally(), key, body) != job_id
    return others


def inspect(data: Path, tally: Tally) -> tuple[list[tuple[object, ...]], list[str]]:
    """Return the figures of the store and the results, and what is broken."""
    broken: list[str] = []
    with closing(sqlite3.connect(data / "jobs.sqlite", timeout=30)) as connection:
        jobs = {
            row[0]: row[1:]
            for row in connection.execute(
                "SELECT id, state, attempts, order_json, error_json FROM znak_jobs"
            )
        }
        noted = connection.execute("SELECT id, was, became FROM chaos").fetchall()
    ends = Counter(row[0] for row in noted)
    for job_id, was, became in noted:
        if was in TERMINAL:
            broken.append(f"job {job_id[:8]} went from {was} to {became}")
    whole = 0
    codes: Counter[str] = Counter()
    for key, job_id in tally.admitted.items():
        row = jobs.get(job_id)
        folder = data / "results" / job_id[:2] / job_id
        if key in tally.deleted:
            if row is not None or folder.exists():
                broken.append(f"deleted job {job_id[:8]} is still there")
            continue
        if row is None:
            broken.append(f"admitted job {job_id[:8]} is lost")
            continue
        state, _, _, error = row
        if state not in TERMINAL or ends[job_id] != 1:
            broken.append(f"job {job_id[:8]} is {state} after {ends[job_id]} ends")
        if state == "failed":
            code = next((c for c in ("storage", "crashed") if f'"{c}"' in (error or "")), "other")
            codes[code] += 1
            if code != "storage":
                broken.append(f"job {job_id[:8]} failed: {error}")
        if (state == "done") != folder.exists():
            broken.append(f"job {job_id[:8]} is {state}, its folder there: {folder.exists()}")
        elif state == "done":
            try:
                saved = load_result(folder)
                if len(saved.marks) != saved.order.n:
                    broken.append(f"job {job_id[:8]} has {len(saved.marks)} marks")
                for mark in saved.marks:
                    field_of_svg(mark.svg)
                whole += 1
            except ZnakError as problem:
                broken.append(f"job {job_id[:8]} is half-written: {problem}")
    known = set(jobs)
    stray = [p.parent.name for p in (data / "results").glob("*/*/result.json")
             if p.parent.name not in known]  # fmt: skip
    broken += [f"files without a job: {name[:8]}" for name in stray]
    left = [p for p in (data / "results" / ".partial").rglob("*") if p.is_file()]
    broken += [f"a partial file is left: {path.name}" for path in left]
    states = Counter(row[0] for row in jobs.values())
    again = sum(row[1] > 1 for row in jobs.values())
    most = max((row[1] for row in jobs.values()), default=0)
    rows: list[tuple[object, ...]] = [
        ("jobs admitted", len(tally.admitted)),
        ("jobs in the store, whoever asked", len(jobs)),
        ("done, files whole", whole),
        ("failed: the disk was full", codes["storage"]),
        ("cancelled and forgotten by their owner", len(tally.deleted)),
        ("other states", len(jobs) - states["done"] - states["failed"]),
        ("begun more than once (taken up again)", again),
        ("most attempts of one job", most),
        ("ended more than once, lost, half-written", len(broken)),
    ]
    return rows, broken


async def storm(url: str, data: Path, parts: dict, given: argparse.Namespace, tally: Tally) -> None:
    """Run clients and troubles together until the last kill."""
    draw = random.Random(given.seed)
    stop = asyncio.Event()
    until = time.monotonic() + 60 * given.minutes
    clients = [
        asyncio.create_task(run_client(k, url, tally, stop, given.seed)) for k in range(CLIENTS)
    ]
    await asyncio.gather(
        kill_workers(parts["workers"], data / "jobs.sqlite", tally, given.kills, draw, until),
        trouble(parts["server"], data, tally, draw, can_fill=parts["can_fill"]),
    )
    stop.set()
    await asyncio.gather(*clients)
    for worker in parts["workers"]:
        if not worker.is_alive:
            worker.start()


async def ready(url: str, seconds: float = 60.0) -> None:
    """Wait until the server answers."""
    async with httpx.AsyncClient(base_url=url) as client:
        until = time.monotonic() + seconds
        while True:
            with suppress(httpx.HTTPError):
                if (await client.get("/livez")).status_code == 200:
                    return
            if time.monotonic() > until:
                raise SystemExit("the server did not start")
            await asyncio.sleep(0.2)


def run(data: Path, given: argparse.Namespace, *, can_fill: bool) -> int:
    port = services.free_port()
    settings = {
        "data": str(data),
        "port": str(port),
        "rates": "{}",
        "at_once": "256",
        "queue_limit": "24",
        "store_wait_s": "1.0",
    }
    log = Path(given.log) if given.log else data.parent / "chaos.log"
    workers = [
        services.worker(settings, log, delay=DELAY_S, ready=data.parent / f"ready-{k}")
        for k in range(2)
    ]
    server = services.server(settings, log, "--api-only")
    url, tally = f"http://127.0.0.1:{port}", Tally()
    began = time.monotonic()
    try:
        server.start()
        asyncio.run(ready(url))
        watch_ends(data / "jobs.sqlite")
        for worker in workers:
            worker.start()
        parts = {"workers": workers, "server": server, "can_fill": can_fill}
        asyncio.run(storm(url, data, parts, given, tally))
        settled = settle(data / "jobs.sqlite", 90)
        asyncio.run(ready(url))
        others = asyncio.run(resend(url, tally))
    finally:
        for service in (server, *workers):
            if service.is_alive:
                service.stop()
    rows, broken = inspect(data, tally)
    if tally.kills < given.kills:
        broken.append(f"{tally.kills} of {given.kills} kills within {given.minutes:g} minutes")
    if others:
        broken.append(f"{others} keys gave another job when they were sent again")
    rows += [
        ("keys sent again that gave another job", others),
        ("workers killed by SIGKILL", tally.kills),
        *((f"server restarted {how}", n) for how, n in tally.restarts.items()),
        ("store locked, s", f"{tally.locked_s:.1f}"),
        ("disk full, s", f"{tally.full_s:.1f}" if can_fill else "not tried"),
        ("longest time to admission, s", f"{tally.slowest:.1f}"),
        ("all over after the last trouble, s", f"{settled:.1f}"),
        ("the run, s", f"{time.monotonic() - began:.0f}"),
        *((f"answers {code}", n) for code, n in sorted(tally.answers.items())),
    ]
    services.print_table("chaos", rows, ("what", "figure"))
    for line in broken[:20]:
        print("BROKEN", line)
    print("\nevery admitted job ended exactly once" if not broken else f"\n{len(broken)} BROKEN")
    return 1 if broken else 0


def mount(folder: Path, megabytes: int) -> bool:
    """Put a small disk under `folder`; say whether that was allowed."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "znak-chaos", str(folder)]
    return (
        os.geteuid() == 0
        and subprocess.run(command, check=False, capture_output=True).returncode == 0
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=8.0, help="Longest time of the storm.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", help="Keep the processes' log here.")
    parser.add_argument("--unshared", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the processes end with this one
    if os.geteuid() != 0 and not given.unshared and shutil.which("unshare"):
        again = ["unshare", "--map-root-user", "--mount", sys.executable, *sys.argv, "--unshared"]
        if subprocess.run([*again[:3], "true"], check=False, capture_output=True).returncode == 0:
            return subprocess.run(again, check=False).returncode
    with tempfile.TemporaryDirectory(prefix="znak-chaos-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        mounted = mount(data, 48)
        if not mounted:
            print("no small disk could be mounted here: the full disk is NOT tried")
        try:
            return run(data, given, can_fill=mounted)
        finally:
            if mounted:
                subprocess.run(["umount", "--lazy", str(data)], check=False)


if __name__ == "__main__":
    sys.exit(main())
