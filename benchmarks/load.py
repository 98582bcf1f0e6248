"""How much of the bare studio's rate the services keep, how long a client waits, what memory does.

    python benchmarks/load.py                              # real engine, real processes, about 45 minutes
    python benchmarks/load.py --seconds 30 --jobs 100      # about four minutes
    python benchmarks/load.py --tools fake --seconds 5     # the services' own cost, without a model

bare       one process that makes the same logos one after the other by calling the studio; measured
           before and after the server's phases, since a machine's pace changes
clients    so many clients ask `POST /v1/images/generations` (four logos as SVG), each again as soon as
           it is answered; jobs/s, its ratio to bare, and the percentiles of the answer's time
cpu        processor seconds a job takes in each process, which other load on the machine changes less
memory     resident memory of worker and API while 8 clients have `--jobs` jobs made (one logo each)

Limits: at 64 clients at least 85 % of bare, no admitted request fails, memory after the first tenth
of the jobs grows by less than 10 %. An idle machine, please: client, server and worker share it.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import services

from znak.serve.making import make, open_engines
from znak.serve.order import Order, brief_of
from znak.serve.settings import Settings
from znak.serve.testing import fake_tools
from znak.studio.logos import make_logo

PROMPTS = (
    "a fox for a coffee shop, warm orange", "ракета для пекарни", "an owl for a book store, dark green",
    "горный велосипед, синий", "a lighthouse for a law firm", "кот и рыба, суши-бар",
    "a bee for organic honey", "дерево для фитнес-клуба",
)  # fmt: skip
PER_JOB = 4
LEAST_SHARE = 0.85
MOST_GROWTH = 0.10
_WARM_UP_S = 8.0


@dataclass
class Phase:
    """What the clients of one phase saw."""

    times: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    cpu: dict[str, float] = field(default_factory=dict)


def measure_bare(seconds: float, *, is_fake: bool) -> tuple[float, float]:
    """Return jobs/s, and processor seconds a job, of the studio called in a loop in this process."""
    tools = fake_tools() if is_fake else open_engines(Settings())["flow"]
    done, began, cpu = 0, 0.0, 0.0
    for seed in count():
        if seed == 2:  # the first two open what is opened once
            began, cpu = time.perf_counter(), time.process_time()
        order = Order(prompt=PROMPTS[seed % len(PROMPTS)], n=PER_JOB, seed=seed)
        result = make(order, tools, lambda phase, share: None)
        brief = brief_of(order)
        for number, mark in enumerate(result, start=1):
            make_logo(mark.svg, brief, seed=seed, number=number).svg()
        done += seed >= 2
        if seed >= 2 and time.perf_counter() - began > seconds:
            took = time.perf_counter() - began
            return done / took, (time.process_time() - cpu) / done
    raise AssertionError


async def run_phase(
    url: str, clients: int, seconds: float, seeds: count[int], pids: dict[str, int]
) -> Phase:
    """Let so many clients ask for so long; requests that are under way at the end don't count."""
    phase = Phase()
    before = {name: services.processor_s(pid) for name, pid in pids.items()}
    answered = 0
    until = time.perf_counter() + seconds
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=url, timeout=600, limits=limits) as client:

        async def ask() -> None:
            nonlocal answered
            while time.perf_counter() < until:
                seed = next(seeds)
                body = {
                    "prompt": PROMPTS[seed % len(PROMPTS)],
                    "n": PER_JOB,
                    "seed": seed,
                    "output_format": "svg",
                    "response_format": "b64_json",
                }
                began = time.perf_counter()
                try:
                    answer = await client.post("/v1/images/generations", json=body)
                except httpx.HTTPError as error:
                    phase.failed[type(error).__name__] += 1
                    continue
                ended = time.perf_counter()
                if answer.status_code == 429:
                    phase.refused += 1
                    await asyncio.sleep(float(answer.headers["Retry-After"]))
                elif answer.status_code != 200 or len(answer.json()["data"]) != PER_JOB:
                    phase.failed[str(answer.status_code)] += 1
                else:
                    answered += 1
                    if ended <= until:
                        phase.times.append(ended - began)

        await asyncio.gather(*(ask() for _ in range(clients)))
    for name, pid in pids.items():
        phase.cpu[name] = (services.processor_s(pid) - before[name]) / max(1, answered)
    return phase


async def measure_memory(
    url: str, pids: dict[str, int], jobs: int, seeds: count[int]
) -> tuple[list[tuple[int, dict[str, float]]], Counter[str]]:
    """Have `jobs` jobs made by 8 clients; return (jobs, MB by process) ten times and more, and failures."""
    left, done = jobs, 0
    failed: Counter[str] = Counter()
    points: list[tuple[int, dict[str, float]]] = []
    async with httpx.AsyncClient(base_url=url, timeout=600) as client:

        async def ask() -> None:
            nonlocal left, done
            while left > 0:
                left -= 1
                seed = next(seeds)
                body = {"prompt": PROMPTS[seed % len(PROMPTS)], "n": 1, "seed": seed}
                answer = await client.post("/v1/jobs", json=body, headers={"Prefer": "wait=300"})
                state = answer.json().get("state") if answer.status_code == 202 else None
                if state != "done":
                    failed[f"{answer.status_code} {state}"] += 1
                done += 1
                if done % max(1, jobs // 20) == 0:
                    points.append((done, {k: services.resident(pid) for k, pid in pids.items()}))

        await asyncio.gather(*(ask() for _ in range(8)))
    return points, failed


async def ready(url: str) -> None:
    """Wait until the server takes orders."""
    async with httpx.AsyncClient(base_url=url) as client:
        for _ in range(600):
            try:
                if (await client.get("/readyz")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.2)
    raise SystemExit("the server did not start")


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of the values don't exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else math.nan


def run(given: argparse.Namespace, folder: Path) -> int:
    is_fake = given.tools == "fake"
    port = services.free_port()
    url, log = f"http://127.0.0.1:{port}", Path(given.log or folder / "load.log")
    settings = {
        "data": str(folder / "data"),
        "port": str(port),
        "rates": "{}",
        "at_once": "512",
        "at_once_all": "512",
        "deadline_s": "300",
        "queue_limit": "128",
        "workers": str(given.workers),
        "batch_wait_ms": str(given.batch_wait_ms),
    }
    bare = [measure_bare(given.seconds, is_fake=is_fake)]
    print(f"bare studio: {bare[0][0]:.2f} jobs/s of {PER_JOB} logos", flush=True)
    started: list[services.Service] = []
    seeds = count(1000)
    phases: dict[int, Phase] = {}
    try:
        if is_fake:
            ready_file = folder / "ready"
            started.append(services.worker(settings, log, delay=0.0, ready=ready_file))
        else:
            started.append(services.server(settings, log, "--worker-only"))
        # not under a supervisor, whose children run in sessions of their own: the system's scheduler
        # may share the cores out by session, and bare and server are to get the same share
        started.append(services.server(settings, log, "--api-only"))
        for service in started:
            service.start()
        asyncio.run(ready(url))
        pids = {"worker": started[0].pid, "api": started[1].pid}
        asyncio.run(run_phase(url, 4, _WARM_UP_S, seeds, pids))
        for clients in given.clients:
            phases[clients] = asyncio.run(run_phase(url, clients, given.seconds, seeds, pids))
            rate = len(phases[clients].times) / given.seconds
            print(f"{clients} clients: {rate:.2f} jobs/s", flush=True)
        points, failed = asyncio.run(measure_memory(url, pids, given.jobs, seeds))
    finally:
        for service in reversed(started):
            if service.is_alive:
                service.stop()
    bare.append(measure_bare(given.seconds, is_fake=is_fake))
    return report(given, bare, phases, points, failed)


def report(
    given: argparse.Namespace,
    bare: list[tuple[float, float]],
    phases: dict[int, Phase],
    points: list[tuple[int, dict[str, float]]],
    failed: Counter[str],
) -> int:
    """Print the tables; return 1 where a limit is missed."""
    pace = statistics.mean(rate for rate, _ in bare)
    alone = statistics.mean(cpu for _, cpu in bare)
    names = sorted(next(iter(phases.values())).cpu)
    rows: list[tuple[object, ...]] = []
    for clients, phase in phases.items():
        rate = len(phase.times) / given.seconds
        rows.append(
            (
                clients,
                f"{rate:.2f}",
                f"{rate / pace:.0%}",
                *(f"{percentile(phase.times, share):.2f}" for share in (0.5, 0.95, 0.99)),
                sum(phase.failed.values()),
                phase.refused,
                *(f"{phase.cpu[name]:.2f}" for name in names),
            )
        )
    head = ("clients", "jobs/s", "of bare", "p50 s", "p95 s", "p99 s", "failed", "refused")
    head += tuple(f"{name} cpu" for name in names)
    title = (
        f"{given.tools} engine, {os.cpu_count()} cores, {given.workers} jobs at once; bare studio "
        f"{bare[0][0]:.2f} before, {bare[1][0]:.2f} after, jobs/s, {alone:.2f} cpu"
    )
    services.print_table(title, rows, head)
    memory = [(n, *(f"{found[k]:.0f}" for k in names)) for n, found in points]
    services.print_table("resident memory, MB", memory, ("jobs", *names))
    missed = []
    share = len(phases[max(phases)].times) / given.seconds / pace
    if share < LEAST_SHARE:
        missed.append(f"{share:.0%} of bare at {max(phases)} clients, at least {LEAST_SHARE:.0%}")
    failures = failed + sum((phase.failed for phase in phases.values()), Counter())
    if failures:
        missed.append(f"failed: {dict(failures)}")
    settled = points[max(0, len(points) // 10)][1] if points else {}
    for name in names:
        growth = points[-1][1][name] / settled[name] - 1
        print(f"{name}: {growth:+.1%} after the first tenth")
        if growth > MOST_GROWTH:
            missed.append(f"memory of {name} grew by {growth:.0%}")
    for line in missed:
        print("MISSED", line)
    return 1 if missed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", choices=["real", "fake"], default="real")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--seconds", type=float, default=120.0, help="Of each phase.")
    parser.add_argument("--jobs", type=int, default=2000, help="Of the memory phase.")
    parser.add_argument("--workers", type=int, default=Settings().workers)
    parser.add_argument("--batch-wait-ms", type=float, default=Settings().batch_wait_ms)
    parser.add_argument("--log", help="Keep the processes' log here.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="znak-load-") as folder:
        return run(given, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
