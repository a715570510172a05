"""Draw the README's picture: what ``forewarn demo`` prints, as SVG.

``python docs/pictures/make.py`` runs the installed command with colours on and writes ``demo.svg`` beside this file.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 120
LINES = 47
"""The first lines tell enough: the alert, its customers, the first escalation."""


def main() -> None:
    """Run the demo and write the picture."""
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    command = [str(Path(sys.executable).with_name("forewarn")), "demo"]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout  # noqa: S603
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    for line in told.splitlines()[:LINES]:
        console.print(Text.from_ansi(line), soft_wrap=True)
    # Without the web fonts that rich links to: the picture must show the same without a network.
    svg = console.export_svg(title="forewarn demo", unique_id="demo")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg).replace("Fira Code, monospace", "DejaVu Sans Mono, Menlo, Consolas, monospace")
    svg = svg.replace("<text ", '<text xml:space="preserve" ')
    text = "\n".join(line.rstrip() for line in svg.splitlines() if line.strip())
    (Path(__file__).parent / "demo.svg").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
