"""`znak serve`: processes that come back, end in order, and don't outlive their parent."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.serve.processes import ROOT, environment, free_port, wait_for
from znak.cli import serve
from znak.engine import flow
from znak.errors import InputError
from znak.serve.settings import Settings, load_settings
from znak.serve.supervisor import Child, Supervisor

SLEEPER = """
import pathlib, signal, sys, time
name, log = sys.argv[1], pathlib.Path(sys.argv[2])
def say(what):
    with log.open("a") as file:
        file.write(f"{what} {name}\\n")
def end(*_):
    say("end")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
say("start")
time.sleep(60)
"""


def sleeper(name: str, log: Path) -> Child:
    return Child(name, [sys.executable, "-c", SLEEPER, name, str(log)])


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def test_children_start_in_order_come_back_and_end_in_reverse(tmp_path):
    log = tmp_path / "log"
    children = [sleeper("worker", log), sleeper("api", log)]
    supervisor = Supervisor(children)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        wait_for(lambda: len(lines(log)) == 2)
        children[0].process.kill()
        wait_for(lambda: children[0].starts == 2 and lines(log).count("start worker") == 2)
    finally:
        supervisor.stop()
        thread.join(20)
    assert lines(log)[-2:] == ["end api", "end worker"]
    assert not any(child.is_alive for child in children)


def test_a_child_that_does_not_end_is_killed(tmp_path):
    stubborn = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    )
    child = Child("stubborn", [sys.executable, "-c", stubborn], grace_s=0.3)
    supervisor = Supervisor([child])
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    wait_for(lambda: child.process is not None)
    time.sleep(0.5)
    supervisor.stop()
    thread.join(20)
    assert not thread.is_alive() and not child.is_alive


def test_a_child_that_cannot_start_ends_the_whole_with_its_code(tmp_path):
    log = tmp_path / "log"
    bad = Child("api", [sys.executable, "-c", "raise SystemExit(2)"])
    good = sleeper("worker", log)
    assert Supervisor([good, bad]).run() == 2
    assert not good.is_alive


def test_a_child_ends_when_its_supervisor_is_killed(tmp_path):
    code = (
        "import sys, time; from znak.serve.supervisor import Child, Supervisor; "
        "child = Child('c', [sys.executable, '-c', "
        "'from znak.serve.supervisor import watch_parent; import time; watch_parent(); time.sleep(60)'],"
        " {}); Supervisor([child], on_start=lambda c: print(c.process.pid, flush=True)).run()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    wait_for(lambda: Path(f"/proc/{child}/cmdline").exists() if os.name == "posix" else True)
    time.sleep(0.5)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: not _runs(child), seconds=15)


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_port_in_use_is_said_before_anything_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"--port {port} .*choose another port"):
            serve.check_port("127.0.0.1", port, "--port")
    serve.check_port("127.0.0.1", port, "--port")


def test_settings_come_from_the_environment_over_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "znak.toml").write_text('queue_limit = 7\nport = 9000\nengines = {flow = "a.st"}')
    monkeypatch.setenv("ZNAK_PORT", "9100")
    monkeypatch.setenv("ZNAK_LANGUAGE", "ru")  # the command line's own
    found = load_settings(workers=2, data=None)
    assert (found.queue_limit, found.port, found.workers) == (7, 9100, 2)
    assert found.engines == {"flow": Path("a.st")}


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("ZNAK_PORT", "99999", "port"),
        ("ZNAK_WORKERS", "many", "workers"),
        ("ZNAK_DATABASE", "mysql://x", "database"),
        ("ZNAK_ENGINES", "{", "settings"),
        ("ZNAK_LOG_LEVEL", "LOUD", "log_level"),
    ],
)
def test_settings_that_cannot_be_used_are_named(tmp_path, monkeypatch, name, value, word):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=word):
        load_settings()


def test_a_damaged_file_of_settings_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "znak.toml").write_text("port = = 1")
    with pytest.raises(InputError, match=r"znak\.toml"):
        load_settings()
    (tmp_path / "znak.toml").write_text("prot = 1")
    with pytest.raises(InputError, match="prot"):
        load_settings()


@pytest.mark.skipif(not flow.is_shipped(), reason="SKIPPED: a checkout without weights")
def test_the_services_serve_survive_a_kill_and_end(tmp_path):
    settings = Settings(data=tmp_path / "data", port=free_port(), rates={})
    command = [sys.executable, "-m", "znak", "serve", "--no-page"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(settings), stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            assert str(settings.port) in process.stdout.readline()
            with httpx.Client(base_url=f"http://127.0.0.1:{settings.port}", timeout=60) as client:
                order = {"prompt": "a fox", "n": 1, "seed": 5}
                first = client.post("/v1/jobs", json=order, headers={"Prefer": "wait=30"}).json()
                assert first["state"] == "done", first
                worker = next(
                    pid for pid, words in _children(process.pid) if "--worker-only" in words
                )
                os.kill(worker, signal.SIGKILL)
                again = client.post("/v1/jobs", json=order, headers={"Prefer": "wait=30"}).json()
                assert again["state"] == "done", again
                svgs = [client.get(job["logos"][0]["mark"]).text for job in (first, again)]
                assert svgs[0] == svgs[1] and "<svg" in svgs[0]
            pids = [pid for pid, _ in _children(process.pid)]
            assert len(pids) == 2
            process.terminate()
            assert process.wait(40) == 0
            assert not any(_runs(pid) for pid in pids)
        finally:
            process.kill()


def _children(parent: int) -> list[tuple[int, str]]:
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [(int(pid), Path(f"/proc/{pid}/cmdline").read_text()) for pid in found]
