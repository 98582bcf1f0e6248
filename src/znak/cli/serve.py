"""`znak serve`: worker, HTTP API and web page on this machine, in one command.

znak serve                                  # page on :8501, API on :8000, all data in data/serve
znak serve --data /srv/znak --port 80       # everything else by ZNAK_… and znak.toml, see docs/serve.md
znak serve --worker-only                    # one of the processes alone, to run it elsewhere
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from znak.errors import InputError, MissingError

if TYPE_CHECKING:
    from znak.serve.settings import Settings

_READY_S = 120.0


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("serve")(serve)


def serve(
    data: Annotated[
        Path | None, typer.Option(help="Folder of jobs, results and logs [data/serve].")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the HTTP API [8000].")] = None,
    page_port: Annotated[int | None, typer.Option(help="Port of the web page [8501].")] = None,
    workers: Annotated[int | None, typer.Option(help="Jobs made at once [3].")] = None,
    api_only: Annotated[bool, typer.Option("--api-only", help="The HTTP API alone.")] = False,
    worker_only: Annotated[bool, typer.Option("--worker-only", help="A worker alone.")] = False,
    page_only: Annotated[bool, typer.Option("--page-only", help="The web page alone.")] = False,
    no_page: Annotated[bool, typer.Option("--no-page", help="Worker and API only.")] = False,
    supervised: Annotated[bool, typer.Option("--supervised", hidden=True)] = False,
) -> None:
    """Serve logos: worker, HTTP API and web page, until Ctrl-C."""
    if sum((api_only, worker_only, page_only, no_page)) > 1:
        raise InputError(
            "--api-only, --worker-only, --page-only, --no-page: give one of them",
            ru="--api-only, --worker-only, --page-only, --no-page: укажите что-то одно",
        )
    _check_extra()
    from znak.serve.settings import load_settings

    given = {
        "data": data, "host": host, "port": port, "page_port": page_port, "workers": workers
    }  # fmt: skip
    settings = load_settings(**given)
    # children, and the page's script, read the environment
    os.environ.update({f"ZNAK_{k.upper()}": str(v) for k, v in given.items() if v is not None})
    if supervised:
        from znak.serve.supervisor import watch_parent

        watch_parent()
    alone = {"worker": worker_only, "api": api_only, "page": page_only}
    for name, is_asked in alone.items():
        if is_asked:
            _start_logs(settings, name)
            raise typer.Exit({"worker": _worker, "api": _api, "page": _page}[name](settings))
    raise typer.Exit(_all(settings, ["worker", "api"] if no_page else ["worker", "api", "page"]))


def _check_extra() -> None:
    try:
        import dbos  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingError(
            f"serving needs {error.name}: pip install 'znak[serve]'",
            ru=f"Для сервера нужен {error.name}: pip install 'znak[serve]'",
        ) from error
    if os.name != "posix":
        raise MissingError(
            "serving needs Linux, macOS or WSL: workers hold file locks that Windows has not",
            ru="Сервер работает в Linux, macOS или WSL: ему нужны блокировки файлов, которых нет "
            "в Windows",
        )


def _start_logs(settings: Settings, service: str) -> None:
    """Write the log to a file; to standard error too, unless someone sits before it."""
    from znak.serve.logs import start_logs

    path = settings.log_file or settings.data / "logs" / "znak.log"
    start_logs(path, service=service, level=settings.log_level, echo=not sys.stderr.isatty())


def _worker(settings: Settings) -> int:
    from znak.serve.worker import Worker

    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    worker = Worker(settings)
    worker.start()
    end.wait()
    worker.stop()
    return 0


def _api(settings: Settings) -> int:
    from znak.serve.api.server import make_server

    check_port(settings.host, settings.port, "--port")
    make_server(settings).run()
    return 0


def _page(settings: Settings) -> int:
    try:
        from streamlit.web import cli as streamlit
    except ImportError as error:
        raise MissingError(
            f"the page needs {error.name}: pip install 'znak[serve]'",
            ru=f"Для страницы нужен {error.name}: pip install 'znak[serve]'",
        ) from error
    import znak.serve.page

    check_port(settings.host, settings.page_port, "--page-port")
    script = Path(str(znak.serve.page.__file__)).with_name("app.py")
    options = {
        "server.address": settings.host,
        "server.port": settings.page_port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.maxUploadSize": max(1, settings.max_upload // 2**20),
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
    }
    sys.argv = ["streamlit", "run", str(script), *(f"--{k}={v}" for k, v in options.items())]
    return int(streamlit.main(standalone_mode=False) or 0)


def _all(settings: Settings, names: list[str]) -> int:
    """Run the services as processes under this one."""
    from znak.cli import language
    from znak.serve.supervisor import Child, Supervisor

    _start_logs(settings, "serve")
    ports = {"api": ("--port", settings.port), "page": ("--page-port", settings.page_port)}
    for name in names:
        if name in ports:
            check_port(settings.host, ports[name][1], ports[name][0])
    command = [sys.executable, "-m", "znak", "serve", "--supervised"]
    grace = {"worker": settings.stop_s + 20.0, "api": 20.0, "page": 10.0}
    children = [  # the page's server would say its address too, before it answers
        Child(n, [*command, f"--{n}-only"], grace_s=grace[n], is_quiet=n == "page") for n in names
    ]
    supervisor = Supervisor(children)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, supervisor.stop)
    threading.Thread(target=_greet, args=(settings, names, language() == "ru"), daemon=True).start()
    return supervisor.run()


def _greet(settings: Settings, names: list[str], is_russian: bool) -> None:
    """Say where to go, once everything answers."""
    host = _reachable(settings.host)
    shown = f"[{host}]" if ":" in host else host
    wanted = [
        (n, p) for n, p in (("api", settings.port), ("page", settings.page_port)) if n in names
    ]
    until = time.monotonic() + _READY_S
    for _, port in wanted:
        while not _answers(host, port):
            if time.monotonic() > until:
                return
            time.sleep(0.1)
    words = {
        "api": ("API ", f"http://{shown}:{settings.port}/v1"),
        "page": ("Страница " if is_russian else "Page ", f"http://{shown}:{settings.page_port}"),
    }
    for name, _ in reversed(wanted):
        print("".join(words[name]), flush=True)
    print("Ctrl-C — остановить" if is_russian else "Ctrl-C to stop", flush=True)


def check_port(host: str, port: int, option: str) -> None:
    """Raise InputError where `port` can't be listened on."""
    if port == 0:
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"{option} {port} on {host} can't be used ({reason}): choose another port",
            ru=f"{option} {port} на {host} не открыть ({reason}): выберите другой порт",
        ) from error


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
