"""The form network: what the first stage draws at 32×32, drawn again crisply at 64×64.

A flow model of its own for the later times, when a mark's layout stands and its edges, joins and
small parts are settled (an expert denoiser, arXiv 2211.01324): the first stage's result is enlarged,
taken back to noise as far as its small parts can't be trusted (arXiv 2108.01073), and drawn from
there. So it is trained on drawings alone. It predicts the clean field from the state, its time, the
text and the style, by a small U-Net over cells of 4×4 samples: convolutions where edges are drawn,
attention where parts must agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from znak.errors import InputError
from znak.models.flow import STYLE, STYLE_RATES, TIME_RATES, tell
from znak.models.layers import Attention, fourier, initialise, rms_norm

SIZE = 64
START, STEPS = 0.5, 3
"""Where the form network takes up a rough field, and in how many steps it ends."""
_VARIANCE = 0.5


@dataclass(frozen=True)
class FormConfig:
    """Shape of a form network: `widths` and `depths` (blocks) at 16×16 cells and at 8×8."""

    patch: int = 4
    widths: tuple[int, ...] = (96, 192)
    depths: tuple[int, ...] = (2, 3)
    head: int = 64
    known: int = 128
    text_dim: int = 384
    text_vectors: int = 2
    style: tuple[str, ...] = STYLE

    def __post_init__(self) -> None:
        usable = (
            len(self.widths) == len(self.depths) == 2
            and SIZE % (2 * self.patch) == 0
            and self.widths[1] % self.head == 0
        )
        if not usable:
            raise InputError(
                f"widths {self.widths}, depths {self.depths}, patch {self.patch}, head {self.head}: give two "
                f"widths and two depths, a patch whose double divides {SIZE}, a head that divides the second width",
                ru=f"widths {self.widths}, depths {self.depths}, patch {self.patch}, head {self.head}: нужны две "
                f"ширины и две глубины, patch — делитель {SIZE // 2}, head — делитель второй ширины",
            )


class Convolution(nn.Module):
    """A 3×3 convolution over cells; its matrix (out, 9·in) holds in-channels of each tap together."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, 9 * n_in) * 0.5 * (9 * n_in) ** -0.5)
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, x_bghw: Tensor) -> Tensor:
        """Return (B, G, G, n_out) for cells (B, G, G, n_in); beyond the border is 0."""
        taps = self.weight.view(len(self.weight), 3, 3, -1).permute(0, 3, 1, 2)
        y = functional.conv2d(x_bghw.permute(0, 3, 1, 2), taps, self.bias, padding=1)
        out: Tensor = y.permute(0, 2, 3, 1)
        return out


class FormBlock(nn.Module):
    """Two convolutions under adaptive normalisation, and attention over all cells where asked."""

    def __init__(self, width: int, *, head: int | None) -> None:
        super().__init__()
        self.rise = Convolution(width, width)
        self.fall = Convolution(width, width)
        self.attention = Attention(width, head) if head else None

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        """Return the cells (B, G, G, W) after the block; `code` (B, 1, 1, 3·W) modulates it."""
        shift, scale, gate = code.chunk(3, dim=-1)
        h = rms_norm(x) * (1 + scale) + shift
        change = self.fall(functional.silu(self.rise(h)))
        if self.attention is not None:
            change = change + self.attention(h.flatten(1, 2)).view_as(h)
        out: Tensor = x + gate * change
        return out


class FormModel(nn.Module):
    """Predicts the clean field from a state on the way to it; see the module."""

    kind = "form"

    def __init__(self, config: FormConfig) -> None:
        super().__init__()
        self.config = c = config
        fine, coarse = c.widths
        cells = c.patch**2
        self.time = nn.Linear(2 * TIME_RATES + 1, c.known)
        self.text = nn.Linear(c.text_vectors * c.text_dim, c.known, bias=False)
        self.no_text = nn.Parameter(torch.randn(c.text_vectors, c.known) * 0.5)
        self.style = nn.Linear(len(c.style) * (2 * STYLE_RATES + 1), c.known, bias=False)
        self.no_style = nn.Parameter(torch.randn(len(c.style), c.known) * 0.1)
        self.mix = nn.Linear(c.known, c.known)
        self.stem = Convolution(cells, fine)
        self.place = nn.Parameter(torch.randn((SIZE // c.patch // 2) ** 2, coarse) * 0.02)
        self.fall = nn.Linear(4 * fine, coarse)
        self.rise = nn.Linear(coarse, 4 * fine)
        self.head = Convolution(fine, cells)
        initialise(self)
        middle = range(c.depths[0], sum(c.depths))
        widths = (fine,) * c.depths[0] + (coarse,) * c.depths[1] + (fine,) * c.depths[0]
        self.blocks = nn.ModuleList(
            FormBlock(width, head=c.head if i in middle else None) for i, width in enumerate(widths)
        )
        self.parts = [*(3 * width for width in widths), 2 * fine]
        self.modulation = nn.Linear(c.known, sum(self.parts))
        for layer in (self.modulation, self.head):
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, state: Tensor, t: Tensor, text: Tensor, style: Tensor) -> Tensor:
        """Return the clean fields, float32 (B, 1, 64, 64), predicted from `state` at times `t` (B)."""
        c = self.config
        dtype = self.place.dtype
        waves = fourier(t, TIME_RATES).to(dtype)
        known = self.time(waves) + tell(self, text, style)
        code = self.modulation(functional.silu(self.mix(functional.silu(known))))
        codes = code[:, None, None].split(self.parts, dim=-1)
        x = self.stem(to_cells(state.to(dtype), c.patch))
        first, last = c.depths[0], c.depths[0] + c.depths[1]
        y = x
        for i, (block, code) in enumerate(zip(self.blocks, codes, strict=False)):
            if i == first:
                x = y
                y = self.fall(fold(x))
                y = y + self.place.view(1, *y.shape[1:])
            if i == last:
                y = x + unfold(self.rise(y))
            y = block(y, code)
        shift, scale = codes[-1].chunk(2, dim=-1)
        out = self.head(rms_norm(y) * (1 + scale) + shift)
        return kept(t)[:, None, None, None] * state + from_cells(out.float(), c.patch)

    def mend(
        self,
        rough: Tensor,
        text: Tensor,
        style: Tensor,
        noise: Tensor,
        *,
        start: float = START,
        steps: int = STEPS,
    ) -> Tensor:
        """Return float32 (B, 1, 64, 64) in about [-1, 1] from `rough` (B, 1, 32, 32).

        `noise` (B, 1, 64, 64) is standard normal; `steps` Euler steps are taken from time `start`.
        """
        state = start * enlarge(rough) + (1 - start) * noise
        for i in range(steps):
            t = torch.full((len(rough),), start + (1 - start) * i / steps, device=rough.device)
            state = state + (self(state, t, text, style) - state) / (steps - i)
        return state


def kept(t: Tensor) -> Tensor:
    """Return the share of the state that is kept in the prediction at times `t`.

    It is what the best linear guess keeps of a field of variance `_VARIANCE`.
    """
    return t * _VARIANCE / (t.square() * _VARIANCE + (1 - t).square())


def enlarge(field_bcss: Tensor) -> Tensor:
    """Return the fields at twice the size, bicubic, float32."""
    return functional.interpolate(
        field_bcss.float(), scale_factor=2, mode="bicubic", align_corners=False
    )


def reduce(field_bcss: Tensor) -> Tensor:
    """Return the fields at half the size: the mean of each 2×2 samples."""
    return functional.avg_pool2d(field_bcss, 2)


def to_cells(x_bcss: Tensor, patch: int) -> Tensor:
    """Return (B, G, G, C·P²), the samples of each cell, a channel's together."""
    b, c, s, _ = x_bcss.shape
    g = s // patch
    cells = x_bcss.reshape(b, c, g, patch, g, patch).permute(0, 2, 4, 1, 3, 5)
    return cells.reshape(b, g, g, c * patch * patch)


def from_cells(cells: Tensor, patch: int) -> Tensor:
    """Return (B, 1, S, S) from the samples of each cell."""
    b, g, _, _ = cells.shape
    x = cells.reshape(b, g, g, patch, patch).permute(0, 1, 3, 2, 4)
    return x.reshape(b, 1, g * patch, g * patch)


def fold(x: Tensor) -> Tensor:
    """Return (B, G/2, G/2, 4·C): the four cells of each 2×2 in one."""
    b, g, _, c = x.shape
    x = x.reshape(b, g // 2, 2, g // 2, 2, c).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(b, g // 2, g // 2, 4 * c)


def unfold(x: Tensor) -> Tensor:
    """Return (B, 2G, 2G, C/4), the inverse of `fold`."""
    b, g, _, c = x.shape
    x = x.reshape(b, g, g, 2, 2, c // 4).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(b, 2 * g, 2 * g, c // 4)
