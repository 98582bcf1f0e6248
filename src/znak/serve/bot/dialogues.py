"""aiogram's storage of dialogues in the bot's SQLite file, so that a question survives a restart.

While an update is being handled, changes go into its `Unit` and are stored with the rest of it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, DefaultKeyBuilder, StateType, StorageKey

from znak.serve.bot.store import Store
from znak.serve.bot.unit import CURRENT, write_dialogue


class SqliteStorage(BaseStorage):
    """State and data of each user in each chat."""

    def __init__(self, store: Store) -> None:
        """Keep dialogues in `store`, which stays the caller's to close."""
        self._store = store
        self._keys = DefaultKeyBuilder(
            with_bot_id=True, with_business_connection_id=True, with_destiny=True
        )

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        """Store the state; None ends the dialogue."""
        await self._write(key, "state", state.state if isinstance(state, State) else state)

    async def get_state(self, key: StorageKey) -> str | None:
        """Return the state, None where there is no dialogue."""
        state: str | None = await self._read(key, "state", None)
        return state

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        """Store the data, which must be fit for JSON."""
        await self._write(key, "data", dict(data))

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        """Return the data, empty where there is none."""
        return dict(await self._read(key, "data", {}))

    async def close(self) -> None:
        """Leave the store open: it holds more than dialogues."""

    async def _write(self, key: StorageKey, name: str, value: Any) -> None:
        row = self._keys.build(key)
        if (unit := CURRENT.get()) is not None:
            unit.dialogues.setdefault(row, {})[name] = value
            return
        await self._store.do(lambda db: write_dialogue(db, row, {name: value}, time.time()))

    async def _read(self, key: StorageKey, name: str, missing: Any) -> Any:
        row = self._keys.build(key)
        if (unit := CURRENT.get()) is not None and name in unit.dialogues.get(row, {}):
            return unit.dialogues[row][name]
        found = await self._store.do(
            lambda db: db.execute(f"SELECT {name} FROM dialogues WHERE key = ?", (row,)).fetchone()
        )
        if found is None:
            return missing
        return json.loads(found[0]) if name == "data" else found[0]
