"""The shipped engine: the flow model of marks and its form network, in numpy.

    engine = load_flow()
    fields = engine.sample(engine.encode(["fox"] * 8), seeds=range(8))

The run-time file is written by `znak train export`; the form network may lie beside it in a file of
its own (`form_path`), made for it, and so may what folds guidance into one pass (`guidance_path`). Chunks of `CHUNK` samples are computed each by
one thread, the last one padded: the same bytes on any number of threads.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import fields as fields_of
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from znak.engine.base import Floats, OnStep, Sampling
from znak.engine.file import Weights, read_weights
from znak.engine.form import FormNetwork, read_form_shape
from znak.engine.network import Network, enlarge, read_shape
from znak.engine.sampling import Predict, draw_noise, lean_to_mirror, solve, time_grid
from znak.engine.threads import map_chunks
from znak.errors import DataError, InputError
from znak.words import TextEncoder, load_encoder

KIND = "marks"
FORM_KIND = "form-network"
GUIDANCE_KIND = "folded-guidance"
SHIPPED = "marks.safetensors"
CHUNK = 8
"""Samples computed together by one thread."""
MAX_STEPS = 200
_SIZE = 64


def shipped_path() -> Path:
    """Return where the package's own weights lie."""
    return Path(str(resources.files("znak.engine") / "data" / SHIPPED))


def is_shipped() -> bool:
    """Return whether the package has its weights."""
    return shipped_path().is_file()


@lru_cache(maxsize=2)
def load_flow(path: Path | None = None, *, threads: int | None = None) -> FlowEngine:
    """Return the engine of a run-time file, the shipped one by default.

    Raises DataError when the file is missing, damaged, of another version, or made for another
    text encoder.
    """
    return FlowEngine(read_marks(path or shipped_path()), threads=threads)


def form_path(path: Path) -> Path:
    """Return where the form network of the run-time file `path` lies, if not in it."""
    return path.with_name(f"{path.stem}.form.safetensors")


def guidance_path(path: Path) -> Path:
    """Return where the addition that folds guidance into the run-time file `path` lies, if any."""
    return path.with_name(f"{path.stem}.guidance.safetensors")


def read_marks(path: Path) -> Weights:
    """Return a run-time file with the form network and the folded guidance that lie beside it.

    Raises DataError for files that can't be trusted or were not made for each other.
    """
    weights = first = read_weights(path, kind=KIND)
    parts = (("form", FORM_KIND, form_path(path)), ("guidance", GUIDANCE_KIND, guidance_path(path)))
    for part, kind, beside in parts:
        if isinstance(first.config.get(part), dict) or not beside.is_file():
            continue
        found = read_weights(beside, kind=kind)
        if found.about.get("first") != first.revision:
            raise DataError(
                f"{beside} was made for {found.about.get('first')}, {path.name} holds {first.revision}: take "
                "the files of one version, or export them again",
                ru=f"{beside} сделан для {found.about.get('first')}, а в {path.name} — {first.revision}: "
                "возьмите файлы одной версии или экспортируйте заново",
            )
        weights = _join(weights, part, found)
    return weights


def _join(weights: Weights, part: str, found: Weights) -> Weights:
    """Return the weights with those of a file beside theirs, whose sampling settings go first."""
    about = {
        **weights.about,
        "sampling": {**weights.about.get("sampling", {}), **found.about.get("sampling", {})},
        "stages": {**weights.about.get("stages", {}), **found.about.get("stages", {})},
    }
    arrays = {f"{part}.{name}": array for name, array in found.arrays.items()}
    return Weights(
        weights.kind,
        {**weights.config, part: found.config},
        about,
        {**weights.arrays, **arrays},
        f"{weights.revision}+{found.revision}",
    )


def read_sampling(about: Mapping[str, Any]) -> Sampling:
    """Return how the file wants to be sampled; raise DataError for settings it can't mean."""
    given = about.get("sampling", {})
    try:
        if unknown := set(given) - {f.name for f in fields_of(Sampling)}:
            raise ValueError(f"unknown settings {', '.join(sorted(unknown))}")
        found = Sampling(**{**given, "interval": tuple(given.get("interval", (0.0, 1.0)))})
        check_steps(found.steps)
        check_steps(found.form_steps)
        check_guidance(found.guidance)
        low, high = found.interval
        if not (
            0 <= low <= high <= 1
            and found.shift > 0
            and (found.last is None or 0 <= found.last < 1)
            and 0 <= found.quality < 1
            and 0 < found.mirror <= 1
            and 0 < found.temperature <= 2
            and 0 < found.form_temperature <= 2
        ):
            raise ValueError(f"{found}")
    except (TypeError, ValueError, InputError) as error:
        raise DataError(
            f"the file's sampling settings are unusable ({error}): export it again",
            ru=f"Настройки выборки в файле негодны ({error}): экспортируйте его заново",
        ) from error
    return found


def check_steps(steps: int) -> int:
    """Return `steps`; raise InputError outside 1 to MAX_STEPS."""
    if not 1 <= steps <= MAX_STEPS:
        raise InputError(
            f"{steps} steps: give a number from 1 to {MAX_STEPS}",
            ru=f"Шагов {steps}: дайте число от 1 до {MAX_STEPS}",
        )
    return steps


def check_guidance(guidance: float) -> float:
    """Return `guidance`; raise InputError outside 0 to 20."""
    if not 0 <= guidance <= 20:
        raise InputError(
            f"guidance {guidance}: give a number from 0 to 20",
            ru=f"Сила указаний {guidance}: дайте число от 0 до 20",
        )
    return guidance


class FlowEngine:
    """See the module; build it with `load_flow`."""

    name = "flow"
    chunk = CHUNK
    output: Literal["fields", "images"] = "fields"

    def __init__(
        self, weights: Weights, *, encoder: TextEncoder | None = None, threads: int | None = None
    ) -> None:
        """Take a file's arrays; `encoder` stands in for the shipped one in tests and research."""
        self.revision = weights.revision
        self.about = weights.about
        self.sampling = read_sampling(weights.about)
        self.threads = threads
        self.encoder = encoder or load_encoder()
        if weights.about.get("encoder") != self.encoder.name:
            raise DataError(
                f"these weights were trained on text vectors of {weights.about.get('encoder')}, this "
                f"version's encoder is {self.encoder.name}: export weights trained with it",
                ru=f"Веса обучены на векторах {weights.about.get('encoder')}, а кодировщик этой версии — "
                f"{self.encoder.name}: экспортируйте подходящие веса",
            )
        configs = {key: weights.config.get(key) for key in ("flow", "form")}
        if not isinstance(configs["flow"], dict):
            raise DataError("the file holds no flow model", ru="В файле нет модели flow")
        self.flow = Network(read_shape(configs["flow"]), _part(weights.arrays, "flow."))
        self.folded: Network | None = None
        self.folds = 0.0
        if isinstance(config := weights.config.get("guidance"), dict):
            self.folds = read_fold(config)
            self.folded = Network(self.flow.shape, fold(weights.arrays))
        self.form = None
        if isinstance(configs["form"], dict):
            shape = read_form_shape(configs["form"])
            self.form = FormNetwork(shape, _part(weights.arrays, "form."))
        if self.flow.shape.size not in (32, 64):
            raise DataError(
                f"a model of {self.flow.shape.size} px can't be sampled here: 32 or 64 are known",
                ru=f"Модель {self.flow.shape.size} px здесь не годится: нужны 32 или 64",
            )

    @property
    def styles(self) -> tuple[str, ...]:
        """Names of what may be asked of the form (see `znak.engine.style`)."""
        return self.flow.shape.style

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return the text vectors (n, d); zeros for a text that says nothing."""
        return self.encoder(list(texts))

    def sample(
        self,
        text_vectors: Floats,
        *,
        seeds: Sequence[int],
        steps: int | None = None,
        guidance: float | None = None,
        style: Floats | None = None,
        on_step: OnStep | None = None,
    ) -> Floats:
        """Return fields (n, 64, 64) in [-1, 1], one for each seed; see `znak.engine.base`."""
        return self._run(None, 1.0, text_vectors, seeds, steps, guidance, style, on_step)

    def redraw(
        self,
        fields: Floats,
        text_vectors: Floats,
        *,
        strength: float,
        seeds: Sequence[int],
        steps: int | None = None,
        guidance: float | None = None,
        style: Floats | None = None,
        on_step: OnStep | None = None,
    ) -> Floats:
        """Return `fields` (n, 64, 64) taken back to noise by `strength` (0 to 1) and drawn anew."""
        check_strength(strength)
        if np.shape(fields) != (len(seeds), _SIZE, _SIZE):
            raise InputError(
                f"fields of shape {np.shape(fields)} for {len(seeds)} seeds: give one 64×64 field each",
                ru=f"Поля {np.shape(fields)} для {len(seeds)} образцов: нужно по полю 64×64",
            )
        return self._run(fields, strength, text_vectors, seeds, steps, guidance, style, on_step)

    def _run(
        self,
        fields: Floats | None,
        strength: float,
        text_vectors: Floats,
        seeds: Sequence[int],
        steps: int | None,
        guidance: float | None,
        style: Floats | None,
        on_step: OnStep | None,
    ) -> Floats:
        shape, n = self.flow.shape, len(seeds)
        steps = check_steps(self.sampling.steps if steps is None else steps)
        guidance = check_guidance(self.sampling.guidance if guidance is None else guidance)
        text = fill_vectors(text_vectors, n, shape.text_vectors, shape.text_dim)
        asked = fill_style(style, n, len(shape.style))
        start = 0.0 if fields is None else 1 - strength
        times = time_grid(steps, shift=self.sampling.shift, start=start, last=self.sampling.last)
        state = draw_noise(seeds, (shape.channels, shape.size, shape.size))
        if fields is None:
            state *= np.float32(self.sampling.temperature)
        else:
            given = np.asarray(fields, np.float32)[:, None]
            given = given if shape.size == _SIZE else halve(given)
            state = np.float32(start) * given + np.float32(1 - start) * state
        out = np.empty((n, _SIZE, _SIZE), np.float32)
        chunks = [(low, min(low + self.chunk, n)) for low in range(0, n, self.chunk)]
        form_steps = 0 if self.form is None else self.sampling.form_steps
        form_times = time_grid(max(form_steps, 1), start=max(self.sampling.quality, start))
        count = Counter(len(chunks) * (steps + form_steps), on_step)

        def work(chunk: tuple[int, int]) -> None:
            low, high = chunk
            rows = np.minimum(np.arange(low, low + self.chunk), high - 1)
            predict = self._guide(text[rows], asked[rows], guidance)
            predict = lean_to_mirror(predict, self._mirrors(asked[rows]))
            clean = np.clip(solve(state[rows], predict, times, on_step=count.add), -1, 1)
            if shape.size != _SIZE:
                clean = enlarge(clean)
                if self.form is not None:
                    noise = draw_noise([seeds[row] for row in rows], (1, _SIZE, _SIZE), stage=1)
                    noise *= np.float32(self.sampling.form_temperature)
                    begun = np.float32(form_times[0])
                    clean = begun * clean + (1 - begun) * noise
                    predict = self._former(text[rows], asked[rows])
                    predict = lean_to_mirror(predict, self._mirrors(asked[rows]))
                    clean = solve(clean, predict, form_times, on_step=count.add)
            out[low:high] = np.clip(clean, -1, 1)[: high - low, 0]

        map_chunks(work, chunks, threads=self.threads)
        return out

    def _guide(self, text: Floats, style: Floats, guidance: float) -> Predict:
        """Return the prediction under classifier-free guidance (arXiv 2207.12598).

        The guidance that is folded in takes one pass, any other two.
        """
        net, (low, high) = self.flow, self.sampling.interval
        if self.folded is not None and guidance == self.folds:
            net, guidance = self.folded, 1
        known = net.known(text, style)
        nothing = net.known(np.zeros_like(text[:1]), np.full_like(style[:1], np.nan))

        def predict(state: Floats, t: float) -> Floats:
            code = net.condition(known, np.full(len(known), t, np.float32))
            if guidance == 1 or not low <= t <= high:
                return net.forward(state, code)
            free = net.condition(nothing, np.full(1, t, np.float32))
            both = np.concatenate([code, np.broadcast_to(free, code.shape)])
            told, untold = np.split(net.forward(np.concatenate([state, state]), both), 2)
            return np.asarray(untold + np.float32(guidance) * (told - untold))

        return predict

    def _mirrors(self, style: Floats) -> Floats:
        """Return (n), the overlap that makes symmetric; 1 where less symmetry than that is asked."""
        least = np.full(len(style), self.sampling.mirror, np.float32)
        if "symmetry" in self.styles:
            least[style[:, self.styles.index("symmetry")] < self.sampling.mirror] = 1
        return least

    def _former(self, text: Floats, style: Floats) -> Predict:
        """Return the form network's prediction."""
        assert self.form is not None
        return self.form.predictor(text, style)


class Counter:
    """Tells `on_step` the share of `total` steps that is done; may be used by several threads."""

    def __init__(self, total: int, on_step: OnStep | None) -> None:
        self._total, self._on_step, self._done = total, on_step, 0
        self._lock = threading.Lock()

    def add(self) -> None:
        """Count one step."""
        with self._lock:
            self._done += 1
            if self._on_step is not None:
                self._on_step(self._done / self._total)


def check_strength(strength: float) -> float:
    """Return `strength`; raise InputError outside 0 to 1."""
    if not 0 < strength <= 1:
        raise InputError(
            f"strength {strength}: give a number above 0, up to 1",
            ru=f"strength {strength}: дайте число больше 0, до 1",
        )
    return strength


def halve(fields_bcss: Floats) -> Floats:
    """Return the fields at half the size: the mean of each 2×2 samples."""
    b, c, s, _ = fields_bcss.shape
    return np.asarray(fields_bcss.reshape(b, c, s // 2, 2, s // 2, 2).mean(axis=(3, 5)))


def fill_vectors(text_vectors: NDArray[Any], n: int, n_vectors: int, dim: int) -> Floats:
    """Return the text vectors as (n, V, d), zeros for those left out; raise InputError."""
    text = np.asarray(text_vectors, dtype=np.float32)
    if text.ndim == 2:
        text = text[:, None]
    if text.ndim != 3 or len(text) != n or text.shape[1] > n_vectors or text.shape[2] != dim:
        raise InputError(
            f"text vectors of shape {np.shape(text_vectors)} for {n} seeds: this model takes "
            f"{n} × up to {n_vectors} × {dim}",
            ru=f"Векторы текста {np.shape(text_vectors)} для {n} образцов: нужно {n} × до "
            f"{n_vectors} × {dim}",
        )
    full = np.zeros((n, n_vectors, dim), dtype=np.float32)
    full[:, : text.shape[1]] = text
    return full


def fill_style(style: Floats | None, n: int, n_styles: int) -> Floats:
    """Return the style as (n, K), NaN where nothing is asked; raise InputError for another shape."""
    if style is None:
        return np.full((n, n_styles), np.nan, dtype=np.float32)
    if np.shape(style) != (n, n_styles):
        raise InputError(
            f"style is {np.shape(style)}, this model takes {(n, n_styles)}",
            ru=f"style имеет форму {np.shape(style)}, нужна {(n, n_styles)}",
        )
    return np.asarray(style, dtype=np.float32)


def read_fold(config: Mapping[str, Any]) -> float:
    """Return the guidance that an addition folds in; raise DataError for another version's config."""
    try:
        return check_guidance(float(config["guidance"]))
    except (KeyError, TypeError, ValueError, InputError) as error:
        raise DataError(
            f"the folded guidance's config is not of this version ({error}): export it again",
            ru=f"Настройки вложенной силы указаний от другой версии ({error}): экспортируйте заново",
        ) from error


def fold(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the first stage's arrays with the products of the addition's put in.

    Raises DataError where the two don't fit.
    """
    flow, added = _part(arrays, "flow."), _part(arrays, "guidance.")
    ups = _part(added, "up.")
    for layer, up in ups.items():
        name, down = layer.replace("/", ".") + ".weight", added.get(f"down.{layer}")
        if down is None or name not in flow or (up.shape[0], down.shape[1]) != flow[name].shape:
            raise DataError(
                f"the folded guidance doesn't fit the first stage at {name}: export both again",
                ru=f"Вложенная сила указаний не подходит к первой ступени ({name}): "
                "экспортируйте обе заново",
            )
        flow[name] = np.asarray(flow[name] + up @ down, np.float32)
    return flow


def _part(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}
