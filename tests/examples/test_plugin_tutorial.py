"""The tutorial for authors of plugins, run as a reader would: block by block, in its order."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import forewarn.plugins.stock

SAMPLE = Path(forewarn.plugins.stock.__file__).parent / "sample" / "inventory"
ALERT = {
    "id": "a-1",
    "source": "monitor",
    "ci": "Vmanage_10001",
    "name": "link down",
    "severity": "critical",
    "category": "SD WAN",
    "subcategory": "Link Failure",
    "short_description": "A link is down",
}


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """The language and the text of each block."""
    yield from re.findall(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


class Reader:
    """Does what the tutorial says; ``here`` is where they stand."""

    def __init__(self, here: Path, bin_folder: Path) -> None:
        self.here = here
        self.commands = 0
        path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "COLUMNS": "120", "FOREWARN_SITE": ""}

    def follow(self, language: str, text: str) -> None:
        first, _, rest = text.partition("\n")
        if language == "console":
            self.type(text)
        elif first.startswith("# file: "):
            (self.here / first.removeprefix("# file: ")).write_text(rest)
        elif first.startswith("# append: "):
            with (self.here / first.removeprefix("# append: ")).open("a") as file:
                file.write("\n" + rest)
        else:
            ran = subprocess.run(
                [sys.executable, "-c", text], cwd=self.here, check=False, capture_output=True, text=True
            )
            assert ran.returncode == 0, ran.stderr

    def type(self, text: str) -> None:
        """Type each line that begins with ``$``; what follows it is what must come."""
        for session in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            line, *expected = session.strip().splitlines()
            words = shlex.split(line)
            self.commands += 1
            if words[0] == "cd":
                self.here = (self.here / words[1]).resolve()
                continue
            ran = subprocess.run(
                words, cwd=self.here, env=self.environment, check=False, capture_output=True, text=True
            )
            output = ran.stdout + ran.stderr
            code = 0
            for one in expected:
                if one.startswith("(exit "):
                    code = int(one.removeprefix("(exit ").removesuffix(")"))
                else:
                    assert one.removeprefix("... ") in " ".join(output.split()), (line, output)
            assert ran.returncode == code, (line, output)


def test_the_tutorial_does_what_it_says(repo: Path, tmp_path: Path) -> None:
    """Every file it names is written, every command typed, and each answers as it is shown."""
    for path in SAMPLE.glob("*.csv"):
        shutil.copy(path, tmp_path)
    (tmp_path / "alert.json").write_text(json.dumps(ALERT))
    reader = Reader(tmp_path, Path(sys.executable).parent)
    for language, text in blocks((repo / "docs" / "tutorial-plugin.md").read_text("utf-8")):
        reader.follow(language, text)
    assert reader.commands >= 15
    assert "A crew is on its way." in "".join(path.read_text() for path in tmp_path.glob("mysite/outbox/*.jsonl"))
    assert "CS0000002" in (tmp_path / "mysite" / "nowhere" / "pages.txt").read_text()
