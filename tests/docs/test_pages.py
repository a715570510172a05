"""The pages hold together: every link leads somewhere, every page is linked, the README says what the Makefile does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
PAGES = sorted([REPO / "README.md", REPO / "CHANGELOG.md", *(REPO / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def links(page: Path) -> list[str]:
    """The targets of a page's links, code blocks left out."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return LINK.findall(text)


def anchor(heading: str) -> str:
    """The anchor that a heading gets where the pages are shown."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPO)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link names a file of this repository, and a heading in it where it has an anchor."""
    for target in links(page):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name}: {target}"
        if fragment and file.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert fragment in {anchor(heading.replace("`", "")) for heading in headings}, f"{page.name}: {target}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    """A newcomer finds each page by following links from the README."""
    seen: set[Path] = set()
    waiting = [REPO / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        for target in links(page):
            file = (page.parent / target.partition("#")[0]).resolve()
            if file.is_dir():
                waiting += sorted(file.glob("*.md"))
            elif file.is_file():
                waiting.append(file)
    assert not [str(page.relative_to(REPO)) for page in PAGES if page not in seen]


def test_the_two_commands_of_the_readme_are_in_the_makefile() -> None:
    """What the README tells a newcomer to type exists."""
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test"):
        assert re.search(rf"^make {target}\b", readme, flags=re.MULTILINE)
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)


def test_each_decision_has_a_number_of_its_own() -> None:
    """Decisions are cited by number: no two share one."""
    numbers = [path.name[:4] for path in (REPO / "docs" / "decisions").glob("*.md")]
    assert numbers
    assert len(set(numbers)) == len(numbers)
