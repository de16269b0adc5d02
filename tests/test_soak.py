"""Three minutes of the soak, of which `make soak` runs thirty."""

from __future__ import annotations

from pathlib import Path

from soak import soak


def test_two_processes_at_one_vault_do_each_other_no_harm_and_the_law_holds(tmp_path: Path) -> None:
    told = soak(tmp_path / "vault", 180)
    for process in told["processes"]:
        assert len(process["acts"]) == 12, process  # each kind of act was done
    assert told["lines"] > told["records"] > 0
