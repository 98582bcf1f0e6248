from __future__ import annotations

import pytest
import torch

from znak.models.layers import Attention, Block, from_patches, rms_norm, to_patches


def test_patches_without_overlap_invert() -> None:
    x = torch.randn(3, 2, 32, 32)
    tokens = to_patches(x, 8, overlap=False)
    assert tokens.shape == (3, 16, 128)
    torch.testing.assert_close(from_patches(tokens, 8, 2, overlap=False), x, rtol=0, atol=0)


def test_overlapping_patches_see_twice_their_side_and_add_up() -> None:
    x = torch.zeros(1, 1, 32, 32)
    x[0, 0, 10, 10] = 1
    tokens = to_patches(x, 8, overlap=True)
    assert tokens.shape == (1, 16, 256)
    assert (tokens != 0).any(dim=-1).sum() == 4  # away from the border each sample is in 4 patches
    torch.testing.assert_close(from_patches(tokens, 8, 1, overlap=True), 4 * x)


@pytest.mark.parametrize("overlap", [False, True])
def test_from_patches_is_the_adjoint_of_to_patches(overlap: bool) -> None:
    x = torch.randn(2, 1, 16, 16, dtype=torch.float64)
    y = torch.randn_like(to_patches(x, 4, overlap=overlap))
    left = (to_patches(x, 4, overlap=overlap) * y).sum()
    right = (x * from_patches(y, 4, 1, overlap=overlap)).sum()
    torch.testing.assert_close(left, right)


def test_rms_norm_has_unit_mean_square() -> None:
    y = rms_norm(torch.randn(5, 64) * 7)
    torch.testing.assert_close(y.square().mean(dim=-1), torch.ones(5), rtol=1e-4, atol=1e-4)


def test_attention_agrees_with_torchs() -> None:
    torch.manual_seed(0)
    layer, h = Attention(32, 16), torch.randn(2, 5, 32)
    q, k, v = layer.qkv(h).view(2, 5, 3, 2, 16).permute(2, 0, 3, 1, 4)
    mixed = torch.nn.functional.scaled_dot_product_attention(rms_norm(q), rms_norm(k), v)
    expected = layer.out(mixed.transpose(1, 2).reshape(2, 5, 32))
    torch.testing.assert_close(layer(h), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("parallel", [False, True])
def test_a_closed_gate_leaves_the_residual(parallel: bool) -> None:
    block = Block(32, head=16, expand=2, activation="gelu", parallel=parallel)
    x = torch.randn(2, 4, 32)
    closed = torch.zeros(2, Block.modulations(parallel), 32)
    torch.testing.assert_close(block(x, closed), x, rtol=0, atol=0)
