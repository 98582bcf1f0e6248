from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from znak.errors import DataError, InputError
from znak.models.checkpoint import load_model, save_model
from znak.models.flow import FlowConfig, FlowModel
from znak.models.gan import Critic, GanConfig, Generator, SpreadConv
from znak.models.images import from_bytes, load_image_model, to_bytes
from znak.models.rgb import STYLE, RgbFlowModel
from znak.models.rgb_text import Stretched, find_text_encoder, open_text_encoder
from znak.training.gan_loss import plain_critic_loss, plain_generator_loss

TEXTS = np.random.default_rng(0).standard_normal((20, 300)).astype(np.float32)
TINY_FLOW = FlowConfig(
    size=16,
    patch=8,
    channels=3,
    width=32,
    depth=1,
    head=16,
    text_dim=8,
    text_vectors=1,
    style=STYLE,
    augment=0,
)


def the_seeds_generator() -> nn.Sequential:
    return nn.Sequential(
        nn.ConvTranspose2d(400, 128, 7, 1, 0, bias=False),
        nn.BatchNorm2d(128),
        nn.ReLU(),
        nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False),
        nn.Tanh(),
    )


def the_seeds_critic() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(303, 64, 4, 2, 1, bias=False),
        nn.LeakyReLU(0.2),
        nn.Conv2d(64, 128, 4, 2, 1, bias=False),
        nn.BatchNorm2d(128),
        nn.LeakyReLU(0.2),
        nn.Conv2d(128, 1, 7, bias=False),
        nn.Sigmoid(),
    )


def test_the_generator_is_the_seeds_to_the_letter() -> None:
    own, seeds = Generator(GanConfig()), the_seeds_generator()
    assert [p.shape for p in own.parameters()] == [p.shape for p in seeds.parameters()]
    seeds.load_state_dict(dict(zip(seeds.state_dict(), own.state_dict().values(), strict=True)))
    noise, text = torch.randn(4, 100), torch.randn(4, 300)
    given = torch.cat([noise, text], dim=1)[:, :, None, None]
    torch.testing.assert_close(own(noise, text), seeds(given))
    assert own(noise, text).shape == (4, 3, 28, 28)


def test_the_critic_and_the_losses_are_the_seeds_to_the_letter() -> None:
    own, seeds = Critic(GanConfig()), the_seeds_critic()
    assert [p.shape for p in own.parameters()] == [p.shape for p in seeds.parameters()]
    seeds.load_state_dict(dict(zip(seeds.state_dict(), own.state_dict().values(), strict=True)))
    x, text = torch.rand(4, 3, 28, 28) * 2 - 1, torch.randn(4, 300)
    spread = torch.cat([x, text[:, :, None, None].expand(-1, -1, 28, 28)], dim=1)
    says = seeds(spread).flatten()
    torch.testing.assert_close(own(x, text).sigmoid(), says, rtol=1e-4, atol=1e-5)
    bce, ones, zeros = nn.BCELoss(), torch.ones(4), torch.zeros(4)
    logits = own(x, text)
    torch.testing.assert_close(
        plain_critic_loss(logits, logits), bce(says, ones) + bce(says, zeros), rtol=1e-4, atol=1e-5
    )
    torch.testing.assert_close(plain_generator_loss(logits), bce(says, ones), rtol=1e-4, atol=1e-5)


def test_spreading_the_text_is_the_plain_convolution_with_its_gradient() -> None:
    layer = SpreadConv(3, 5, 7).double()
    x = torch.randn(2, 3, 8, 8, dtype=torch.float64, requires_grad=True)
    text = torch.randn(2, 5, dtype=torch.float64)
    whole = torch.cat([x, text[:, :, None, None].expand(-1, -1, 8, 8)], dim=1)
    plain = nn.functional.conv2d(whole, layer.weight, stride=2, padding=1)
    out = nn.functional.conv2d(x, layer.weight[:, :3], stride=2, padding=1)
    own = layer(x, text)
    assert own.shape == out.shape
    torch.testing.assert_close(own, plain, rtol=1e-6, atol=1e-6)
    for a, b in zip(
        torch.autograd.grad(own.square().sum(), [x, layer.weight]),
        torch.autograd.grad(plain.square().sum(), [x, layer.weight]),
        strict=True,
    ):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("size", [32, 64])
@pytest.mark.parametrize("growth", ["transposed", "upsample"])
def test_other_sizes_keep_the_plan(size: int, growth: str) -> None:
    config = GanConfig(
        size=size,
        text_dim=8,
        widths=(16, 8),
        critic_widths=(8, 16, 16),
        growth=growth,  # type: ignore[arg-type]
        critic_norm=False,
        match=True,
    )
    images = Generator(config)(torch.randn(2, 100), torch.randn(2, 8))
    assert images.shape == (2, 3, size, size)
    critic = Critic(config)
    assert critic(images, torch.randn(2, 8)).shape == (2,)
    assert critic.reader is not None
    assert critic.reader(images).shape == (2, 8)
    with pytest.raises(InputError, match="can't be halved"):
        GanConfig(size=30, widths=(8, 8))


def test_an_image_depends_on_its_seed_and_text_alone() -> None:
    model = Generator(GanConfig())
    all_at_once = model.sample(TEXTS, seeds=range(20))
    assert all_at_once.shape == (20, 3, 28, 28)
    alone = model.sample(TEXTS[17:18], seeds=[17])
    np.testing.assert_array_equal(alone[0], all_at_once[17])
    assert not np.array_equal(model.sample(TEXTS[17:18], seeds=[18])[0], alone[0])
    assert model.sample(TEXTS[:0], seeds=[]).shape == (0, 3, 28, 28)
    with pytest.raises(InputError, match="this model takes"):
        model.sample(TEXTS[:, :8], seeds=range(20))


def test_the_rgb_flow_samples_by_the_same_contract() -> None:
    model = RgbFlowModel(TINY_FLOW)
    texts = TEXTS[:, :8]
    all_at_once = model.sample(texts, seeds=range(20), steps=2, guidance=2.0)
    assert all_at_once.shape == (20, 3, 16, 16)
    assert np.abs(all_at_once).max() <= 1
    alone = model.sample(texts[17:18], seeds=[17], steps=2, guidance=2.0)
    np.testing.assert_array_equal(alone[0], all_at_once[17])
    with pytest.raises(InputError, match="steps 0"):
        model.sample(texts, seeds=range(20), steps=0)
    with pytest.raises(InputError, match="3 channels"):
        RgbFlowModel(FlowConfig(size=16))


def test_checkpoints_of_both_are_opened_in_one_way(tmp_path: Path) -> None:
    for name, net in (("gan", Generator(GanConfig())), ("flow", RgbFlowModel(TINY_FLOW))):
        path = tmp_path / f"{name}.safetensors"
        save_model(path, net, about={"encoder": "x"})
        model, about = load_image_model(path)
        assert about == {"encoder": "x"}
        dim = int(model.config.text_dim)
        images = model.sample(TEXTS[:2, :dim], seeds=[0, 1], steps=2, guidance=1.0)
        assert images.shape == (2, 3, model.config.size, model.config.size)
        assert load_model(path, kind=model.kind)[0].config == net.config
    marks = tmp_path / "marks.safetensors"
    save_model(marks, FlowModel(FlowConfig(size=16, width=32, depth=1, head=16)), about={})
    with pytest.raises(DataError, match="draws no colour images"):
        load_image_model(marks)


def test_pixels_go_there_and_back() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=-1)
    np.testing.assert_array_equal(to_bytes(from_bytes(pixels)), pixels)
    assert to_bytes(np.full((1, 3, 1, 1), 9.0, dtype=np.float32)).max() == 255
    assert to_bytes(np.full((1, 3, 1, 1), -1.0, dtype=np.float32)).max() == 0


def test_the_stand_in_for_the_seeds_vectors_keeps_all_angles() -> None:
    plain, wide = open_text_encoder("znak"), open_text_encoder("znak-300")
    texts = ["coffee cup", "red fox", "лиса"]
    a, b = plain(texts), wide(texts)
    assert b.shape == (3, 300)
    np.testing.assert_allclose(b @ b.T, a @ a.T, atol=1e-5)
    assert find_text_encoder(wide.name).name == wide.name == f"{plain.name}-to-300"
    assert find_text_encoder(plain.name).dim == plain.dim
    with pytest.raises(DataError, match="trained with the text encoder"):
        find_text_encoder("znak-words-of-old")
    with pytest.raises(DataError, match="does not say which text encoder"):
        find_text_encoder("None")
    with pytest.raises(InputError, match="do not fit"):
        Stretched(wide, 8)
    with pytest.raises(InputError, match="unknown text encoder"):
        open_text_encoder("word2vec")
