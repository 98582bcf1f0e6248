import numpy as np
import pytest
from PIL import Image

from tests.corpus.fake_logos import caption, draw, encode, rows, write
from znak.corpus.amazing import cache as cache_module
from znak.corpus.amazing.cache import CacheSettings, build_cache, open_cache
from znak.corpus.amazing.split import SKIPPED, SPLITS
from znak.errors import DataError, InputError, StorageError

N = 120


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    return write(tmp_path_factory.mktemp("shards") / "train-00000-of-00001.parquet", rows(N))


@pytest.fixture(scope="module")
def made(shard, tmp_path_factory):
    return open_cache(build_cache([shard], tmp_path_factory.mktemp("cache"), processes=1))


def test_pictures_are_those_of_the_file_shrunk_with_antialiasing(made):
    assert made.images.shape == (N, 32, 32, 3)
    assert made.images.dtype == np.uint8
    assert isinstance(made.images, np.memmap)
    for i in (0, 7, N - 1):
        wanted = draw(i).resize((32, 32), Image.Resampling.BICUBIC)
        np.testing.assert_array_equal(made.images[i], np.asarray(wanted))
    assert made.captions[7] == caption(7)
    assert made.captions[5:8] == [caption(5), caption(6), caption(7)]
    assert made.captions.take(np.array([3, 1])) == [caption(3), caption(1)]


def test_the_second_call_finds_the_first_ones_cache(shard, tmp_path, monkeypatch):
    first = build_cache([shard], tmp_path, processes=1)
    monkeypatch.setattr(cache_module, "_fill", lambda *a: pytest.fail("built again"))
    assert build_cache([shard], tmp_path, processes=1) == first


def test_other_content_or_settings_make_another_cache(shard, tmp_path):
    settings = [CacheSettings(), CacheSettings(size=28), CacheSettings(fit="stretch")]
    folders = {build_cache([shard], tmp_path, s, processes=1) for s in settings}
    other = write(tmp_path / "other.parquet", rows(N - 1))
    folders.add(build_cache([other], tmp_path, processes=1))
    assert len(folders) == 4


def test_two_processes_write_the_same_cache(shard, made, tmp_path):
    again = open_cache(build_cache([shard], tmp_path, processes=2))
    np.testing.assert_array_equal(again.images, made.images)
    np.testing.assert_array_equal(again.split, made.split)
    assert again.manifest == made.manifest


def test_every_row_is_in_one_split_and_the_order_is_shuffled(made):
    parts = [made.rows(name) for name in SPLITS]
    assert sorted(np.concatenate(parts).tolist()) == list(range(N))
    assert 0.8 * N < len(parts[0]) < N
    everything = made.rows("all")
    assert everything.tolist() != sorted(everything.tolist())
    np.testing.assert_array_equal(everything, made.rows("all"))
    with pytest.raises(InputError, match="split 'tests'"):
        made.rows("tests")


def test_the_seed_preset_takes_the_last_rows_in_file_order(made):
    assert made.seed_rows(10).tolist() == list(range(N - 10, N))
    assert made.seed_rows().tolist() == list(range(N))


def test_copies_of_a_picture_are_on_one_side(tmp_path):
    content = []
    for i in range(60):
        picture = draw(i)
        content += [
            (encode(picture), caption(2 * i)),
            (encode(picture.resize((260, 260)), "JPEG", quality=85), caption(2 * i + 1)),
        ]
    order = np.random.default_rng(0).permutation(len(content))
    shard = write(tmp_path / "a.parquet", [content[k] for k in order])
    cache = open_cache(
        build_cache([shard], tmp_path, CacheSettings(valid=0.3, test=0.3), processes=1)
    )
    place = np.argsort(order)
    first, second = place[0::2], place[1::2]
    np.testing.assert_array_equal(cache.group[first], cache.group[second])
    np.testing.assert_array_equal(cache.split[first], cache.split[second])
    assert len(np.unique(cache.group)) == 60
    assert {int(k) for k in cache.split} == {0, 1, 2}


def test_a_split_does_not_depend_on_the_order_of_rows(made, tmp_path):
    shard = write(tmp_path / "back.parquet", rows(N)[::-1])
    back = open_cache(build_cache([shard], tmp_path, processes=1))
    np.testing.assert_array_equal(back.split[::-1], made.split)
    other = open_cache(build_cache([shard], tmp_path, CacheSettings(seed=1), processes=1))
    assert (other.split != back.split).any()


def test_bad_rows_are_counted_and_in_no_split(tmp_path):
    good = rows(6)
    bad = [(None, caption(90)), (b"", None), (b"no image", "x" * 1_000_000), (good[0][0][:99], "")]
    cache = open_cache(
        build_cache([write(tmp_path / "x.parquet", good + bad)], tmp_path, processes=1)
    )
    assert (cache.split[6:] == SKIPPED).all()
    assert len(cache.rows("all")) == 6
    counts = cache.manifest["counts"]
    assert (counts["skipped, missing"], counts["skipped, undecodable"]) == (2, 2)
    assert (counts["captions cut"], counts["captions empty"]) == (1, 2)
    assert not cache.images[6:].any()
    assert len(cache.captions[8]) == cache_module.MAX_CAPTION


def test_wide_pictures_are_padded_with_their_own_ground_or_stretched(tmp_path):
    wide = Image.new("RGB", (200, 50), (10, 200, 10))
    wide.paste((250, 0, 0), (80, 10, 120, 40))
    shard = write(tmp_path / "x.parquet", [(encode(wide), caption(1))])
    padded = open_cache(build_cache([shard], tmp_path, processes=1)).images[0]
    assert (padded[:11] == (10, 200, 10)).all()
    settings = CacheSettings(fit="stretch")
    stretched = open_cache(build_cache([shard], tmp_path, settings, processes=1)).images[0]
    assert stretched[10, 16, 0] > 240
    assert padded[10, 16, 0] < 30


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 48}, "size 48: choose one of 28, 32, 64, 128"),
        ({"fit": "crop"}, "fit 'crop'"),
        ({"valid": 0.6, "test": 0.5}, "shares valid 0.6"),
        ({"seed": -1}, "seed -1"),
    ],
)
def test_refuses_settings(shard, tmp_path, settings, message):
    with pytest.raises(InputError, match=message):
        build_cache([shard], tmp_path, CacheSettings(**settings))
    assert not list(tmp_path.iterdir())


def test_a_file_without_usable_pictures_leaves_nothing(tmp_path):
    shard = write(tmp_path / "x.parquet", [(b"??", "a"), (None, "b")])
    with pytest.raises(DataError, match="none of the 2 pictures"):
        build_cache([shard], tmp_path / "cache", processes=1)
    assert not list((tmp_path / "cache").iterdir())


def test_a_full_disk_is_named_and_leaves_nothing(shard, tmp_path, monkeypatch):
    def refuse(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache_module.os, "posix_fallocate", refuse)
    with pytest.raises(StorageError, match="the disk is full"):
        build_cache([shard], tmp_path / "cache", processes=1)
    assert not list((tmp_path / "cache").iterdir())


def test_damaged_caches_are_named(made, tmp_path):
    with pytest.raises(DataError, match="is no cache"):
        open_cache(tmp_path)
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in made.folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    open_cache(copy)
    images = (copy / "images.npy").read_bytes()
    (copy / "images.npy").write_bytes(images[: len(images) // 2])
    with pytest.raises(DataError, match="is damaged"):
        open_cache(copy)
    (copy / "manifest.json").write_text('{"version": 0}')
    with pytest.raises(DataError, match="version 0"):
        open_cache(copy)
