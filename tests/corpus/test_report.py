import re
from html.parser import HTMLParser

import pytest

from tests.corpus.fake_corpus import write_corpus
from znak.corpus.report import write_report
from znak.corpus.report_text import TEXTS
from znak.errors import DataError, InputError, StorageError


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.ids, self.depth = [], set(), 0

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.found += [attributes[key] for key in ("src", "href") if key in attributes]
        self.ids.add(attributes.get("id"))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    root = tmp_path_factory.mktemp("corpus") / "corpus"
    write_corpus(root, 36)
    return root


@pytest.fixture(scope="module")
def page(corpus):
    write_report(corpus, corpus.parent / "r.html")
    return (corpus.parent / "r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_is_one_self_contained_page(corpus, tmp_path, language):
    done = []
    write_report(corpus, tmp_path / "r.html", language=language, progress=done.append)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    links = Links()
    links.feed(page)
    assert all(link.startswith(("data:image/png;base64,", "#")) for link in links.found)
    assert {link[1:] for link in links.found if link[0] == "#"} <= links.ids
    assert "<script" not in page
    assert sum(done) == 2 * 36
    assert page.count("<img") > 60
    for words in ("MIT", "CC-BY-4.0", "set-3", "simple-icons", "licence"):
        assert words in page
    assert TEXTS[language]["brands_note"].split(":")[0] in page
    assert "звезда · star" in page if language == "ru" else "36" in page


def test_is_the_same_twice(corpus, page, tmp_path):
    write_report(corpus, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_shows_pairs_on_both_sides_of_the_line(page):
    inside, outside = (page.index(TEXTS["en"][side]) for side in ("inside", "outside"))
    shown = [
        [
            max(float(far) / 2, float(gap) / 1.1)
            for far, gap in re.findall(r"<b>(\S+)% · (\d\.\d\d)", part)
        ]
        for part in (page[inside:outside], page[outside:])
    ]
    assert shown[0]
    assert max(shown[0]) <= 1 <= min(shown[1], default=1)
    assert shown[0] == sorted(shown[0], reverse=True)


def test_both_languages_say_the_same_things():
    assert TEXTS["en"].keys() == TEXTS["ru"].keys()
    assert [a for a, _ in TEXTS["en"]["nav"]] == [a for a, _ in TEXTS["ru"]["nav"]]


def test_names_what_is_wrong(corpus, tmp_path):
    with pytest.raises(InputError, match="choose en or ru"):
        write_report(corpus, tmp_path / "r.html", language="de")
    with pytest.raises(DataError, match="no corpus"):
        write_report(tmp_path / "none", tmp_path / "r.html")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="can't be written"):
        write_report(corpus, tmp_path / "file" / "r.html")
    with pytest.raises(InputError, match="is a folder"):
        write_report(corpus, tmp_path)


def test_names_an_empty_and_a_damaged_corpus(tmp_path):
    write_corpus(tmp_path / "empty", 0)
    with pytest.raises(DataError, match="holds no drawings"):
        write_report(tmp_path / "empty", tmp_path / "r.html")
    write_corpus(tmp_path / "torn", 12)
    (tmp_path / "torn" / "rejects.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"rejects\.parquet can't be read"):
        write_report(tmp_path / "torn", tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


def test_leaves_nothing_behind_when_stopped(corpus, tmp_path):
    def interrupt(rows):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_report(corpus, tmp_path / "r.html", progress=interrupt)
    assert not list(tmp_path.iterdir())
