"""Settings of the services: one class; environment over `znak.toml` over defaults.

    settings = load_settings()                       # ZNAK_PORT=9000 and ZNAK_DATA=/srv/znak win
    settings = Settings(data=Path("/srv/znak"))      # in tests; the environment is read here too

Nothing is read or made at import time. A variable `ZNAK_…` that is not a setting is passed over,
since the command line has some of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from znak.errors import InputError

FILE = "znak.toml"


class Settings(BaseSettings):
    """How the services run on this machine."""

    model_config = SettingsConfigDict(
        env_prefix="ZNAK_", env_ignore_empty=True, frozen=True, extra="forbid"
    )

    data: Path = Path("data/serve")
    """Folder of the store, the results and the logs; all processes share it."""
    database: str | None = None
    """`postgresql://user:password@host/name`; without it SQLite in `data`."""
    store_wait_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    """How long a call waits for a locked store before it says so."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    page_port: Annotated[int, Field(ge=0, le=65535)] = 8501
    public_url: str | None = None
    """Where browsers reach the API, when it stands behind another server."""

    workers: Annotated[int, Field(ge=1, le=64)] = 3
    """Jobs that one worker process runs at once."""
    batch_wait_ms: Annotated[float, Field(ge=0, le=1000)] = 4.0
    """How long a call to the engine waits for others to join it, when other jobs run."""
    batch_limit: Annotated[int, Field(ge=1, le=4096)] = 64
    """Most samples of one call to the engine."""
    poll_s: Annotated[float, Field(gt=0, le=5)] = 0.1
    """How often the store is asked for new jobs, and for news of those that are waited for."""
    progress_s: Annotated[float, Field(gt=0, le=10)] = 0.25
    """How often progress is stored, and a job that was cancelled noticed."""
    queue_limit: Annotated[int, Field(ge=1, le=100_000)] = 64
    """Jobs that may wait; beyond it new ones are refused."""
    job_ttl_s: Annotated[float, Field(gt=0)] = 86_400.0
    """How long a job and its files are kept after its end."""
    max_attempts: Annotated[int, Field(ge=1, le=100)] = 8
    """A job that ended its worker this often is given up."""
    stop_s: Annotated[float, Field(ge=0, le=600)] = 5.0
    """How long running jobs may go on at shutdown; what is not done then is done after it."""

    engines: dict[str, Path | None] = {"flow": None}
    """Engines by the name that orders use, and the file of a trained model (None: the shipped one)."""
    device: str = "auto"

    deadline_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """How long an API call that answers with pictures may take."""
    max_n: Annotated[int, Field(ge=1, le=100)] = 16
    """Most marks of one order."""
    max_prompt: Annotated[int, Field(ge=1, le=100_000)] = 2000
    """Longest prompt, characters."""
    max_body: Annotated[int, Field(ge=1024)] = 1_048_576
    """Longest body of a request, bytes."""
    body_timeout_s: Annotated[float, Field(gt=0, le=600)] = 15.0
    """How long a request's body may take to come."""
    rates: dict[str, str] = {"make": "120/minute", "read": "1200/minute"}
    """Requests in a time for each key and address, by kind; "" sets no limit."""
    at_once: Annotated[int, Field(ge=1)] = 16
    """Requests that one caller may have open."""
    at_once_all: Annotated[int, Field(ge=1)] = 256
    """Requests that all callers together may have open."""
    streams: Annotated[int, Field(ge=1)] = 128
    """Event streams open at once."""
    stream_s: Annotated[float, Field(gt=0)] = 300.0
    """Longest life of an event stream; clients connect again."""
    ping_s: Annotated[float, Field(gt=0, le=600)] = 15.0
    """How often an event stream on which nothing happens says that it is alive."""
    keys: Path | None = None
    """File of API keys; with it a key is needed."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses whose `X-Forwarded-For` is believed."""
    cors_origins: tuple[str, ...] = ()
    """Other sites whose pages may call the API."""

    uploads: Path | None = None
    """Folder of data sets that the page may open; `data`/uploads by default."""
    max_upload: Annotated[int, Field(ge=1)] = 2_147_483_648
    """Longest upload on the page, bytes."""
    max_uploads: Annotated[int, Field(ge=1)] = 8_589_934_592
    """Most bytes of all uploads together, those under way included."""

    log_file: Path | None = None
    log_level: str = "INFO"

    @field_validator("database")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is None or value.startswith(
            ("postgresql://", "postgres://", "postgresql+psycopg:")
        ):
            return value
        raise ValueError("give postgresql://user:password@host/name, or leave it out for SQLite")

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() in ("DEBUG", "INFO", "WARNING", "ERROR"):
            return value.upper()
        raise ValueError("give DEBUG, INFO, WARNING or ERROR")

    @model_validator(mode="after")
    def _some_engine(self) -> Self:
        if not self.engines:
            raise ValueError("engines is empty: name one")
        return self

    @property
    def default_engine(self) -> str:
        """The engine of orders that name none: the first."""
        return next(iter(self.engines))

    @property
    def results(self) -> Path:
        """Folder of the finished jobs."""
        return self.data / "results"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let what is given win over the environment, and that over the file `znak.toml`."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, FILE)


def load_settings(**given: object) -> Settings:
    """Return the settings; raise InputError for values that can't be used.

    `given` wins; None means not given.
    """
    try:
        return Settings(**{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"])) or "settings"
        raise InputError(
            f"the setting {name} (ZNAK_{name.upper()} or {FILE}): {first['msg']}",
            ru=f"Настройка {name} (ZNAK_{name.upper()} или {FILE}): {first['msg']}",
        ) from error
    except SettingsError as error:
        raise InputError(
            f"the settings can't be read ({error}): lists and tables are written as JSON",
            ru=f"Настройки не прочитать ({error}): списки и таблицы пишутся как JSON",
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(
            f"{FILE} can't be read ({error}): mend it or remove it",
            ru=f"{FILE} не прочитать ({error}): исправьте его или уберите",
        ) from error
