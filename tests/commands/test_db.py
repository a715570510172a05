"""``forewarn db``: check, upgrade, vacuum, export, import."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from tests.commands.conftest import call, data


def test_a_site_moves_into_another_database(worked: Path, tmp_path: Path) -> None:
    """Exported and imported, the site shows the same incident, and the seal is the same."""
    there = tmp_path / "there"
    shutil.copytree(worked, there)
    (there / "forewarn.db").unlink()
    out = data(call("db", "export", "--site", worked, tmp_path / "store.zip", "--json"))
    back = data(call("db", "import", "--site", there, tmp_path / "store.zip", "--json"))
    assert (back["head"], back["rows"]) == (out["head"], out["rows"])
    shown = [data(call("incident", "show", "INC0000001", "--site", site, "--json")) for site in (worked, there)]
    assert shown[0] == shown[1]
    again = call("db", "import", "--site", there, tmp_path / "store.zip")
    assert again.exit_code == 1
    assert "is not empty" in again.output


def test_a_check_names_an_edit(worked: Path) -> None:
    """Exit 0 and the newest seal; after an edit behind the product's back exit 1 and what does not fit."""
    good = call("db", "check", "--site", worked)
    assert good.exit_code == 0, good.output
    assert "newest seal" in good.output
    assert "all is well" in good.output
    raw = sqlite3.connect(worked / "forewarn.db")
    raw.execute("DROP TRIGGER activity_refuses_update")
    raw.execute("UPDATE activity SET who = 'nobody' WHERE id = 2")
    raw.commit()
    raw.close()
    bad = call("db", "check", "--site", worked)
    assert bad.exit_code == 1
    assert "does not fit its entries" in bad.output
    assert "activity_refuses_update is gone" in bad.output


def test_upgrade_and_vacuum_leave_a_good_database_alone(worked: Path) -> None:
    """Both say what they did; the incident is still there."""
    assert "at schema 0001" in call("db", "upgrade", "--site", worked).output
    assert "bytes before" in call("db", "vacuum", "--site", worked).output
    assert data(call("incident", "list", "--site", worked, "--json"))


def test_an_older_database_is_refused_with_the_word_to_run(worked: Path) -> None:
    """One line, exit 2, nothing is changed."""
    raw = sqlite3.connect(worked / "forewarn.db")
    raw.execute("UPDATE alembic_version SET version_num = '0000'")
    raw.commit()
    raw.close()
    refused = call("incident", "list", "--site", worked)
    assert refused.exit_code == 2
    assert "was made by an older version" in refused.output
    assert "forewarn db upgrade" in refused.output
